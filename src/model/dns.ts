import type { Pid, Slot } from './ids.ts';

/** An answer that a process took from a name server. */
export interface DnsAnswer {
  /** Lower case, without the dot at its end. */
  readonly name: string;
  /** `A`, `AAAA`, …; `TYPE65` where it has no name here. */
  readonly type: string;
  /** `NOERROR`, `NXDOMAIN`, …; `RCODE23` where it has no name here. */
  readonly code: string;
  /** Canonical text; those that fit into what was read of the answer. */
  readonly addresses: readonly string[];
}

export interface DnsAnswered {
  readonly kind: 'dns-answered';
  readonly bootNs: number;
  readonly slot: Slot;
  readonly pid: Pid;
  readonly transport: 'tcp' | 'udp';
  /** From the oldest query of the socket that was not answered; undefined when it was sent before sonde. */
  readonly durationNs: number | undefined;
  /** Undefined when the bytes are no answer, or over TCP only a piece of one. */
  readonly answer: DnsAnswer | undefined;
}

import type { DnsAnswered } from './dns.ts';
import type { Fingerprint, Tuple } from './flow.ts';
import type { Pid, Slot } from './ids.ts';

/** What the kernel side says about connections. Counts are cumulative since the connection began. */
export type FlowFact = FlowOpened | FlowCounted | FlowAlive | FlowClosed | FlowFailed | DnsAnswered;

/** Fixed by the handshake, but for the process: an accepted socket is the listener's until somebody uses it. */
export interface FlowEnds {
  /** Unique while the programs are loaded; never reused. */
  readonly id: number;
  readonly slot: Slot;
  readonly pid: Pid | undefined;
  readonly processName: string | undefined;
  readonly netnsInode: number;
  readonly tuple: Tuple;
  readonly role: 'client' | 'server';
  /** Kernel time of the SYN; undefined when the connection is older than the programs. */
  readonly openedBootNs: number | undefined;
  readonly fingerprint: Fingerprint | undefined;
  /** SYN to established, at the client. */
  readonly connectDurationUs: number | undefined;
}

export interface FlowCounts {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sentMessages: number;
  readonly receivedMessages: number;
  readonly retransmits: number;
  /** Smoothed; undefined when nothing was acknowledged since the last record. */
  readonly rttUs: number | undefined;
}

/** A connection was established, or one older than the programs was found. */
export interface FlowOpened {
  readonly kind: 'flow-opened';
  readonly bootNs: number;
  readonly ends: FlowEnds;
  readonly counts: FlowCounts;
}

/** From a full pass: it lives and has not changed. */
export interface FlowAlive {
  readonly kind: 'flow-alive';
  readonly bootNs: number;
  readonly id: number;
}

/** From the flow pass: it changed. */
export interface FlowCounted {
  readonly kind: 'flow-counted';
  readonly bootNs: number;
  readonly id: number;
  readonly pid: Pid | undefined;
  readonly processName: string | undefined;
  readonly counts: FlowCounts;
}

/** Complete, so that nothing is missing when its opening was lost. */
export interface FlowClosed {
  readonly kind: 'flow-closed';
  readonly bootNs: number;
  readonly ends: FlowEnds;
  readonly counts: FlowCounts;
  /** errno it was cut by; 0 = in good order, unless `isAborted`. */
  readonly errno: number;
  /** This end reset it. */
  readonly isAborted: boolean;
}

export interface FlowFailed {
  readonly kind: 'flow-failed';
  readonly bootNs: number;
  readonly ends: FlowEnds;
  /** 0 = the process gave up. */
  readonly errno: number;
}

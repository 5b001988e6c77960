import type { Container } from './container.ts';
import type { Pid } from './ids.ts';

/** One socket's view of a connection, as the kernel stores it. Addresses are canonical text, v4-mapped ones as IPv4. */
export interface Tuple {
  readonly transport: 'tcp' | 'udp';
  readonly networkType: 'ipv4' | 'ipv6';
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Cumulative since the connection (or, for one older than sonde, as the kernel's own counters say). */
export interface FlowCounters {
  transmittedBytes: number;
  receivedBytes: number;
  transmittedMessages: number;
  receivedMessages: number;
  retransmittedSegments: number;
  /** Smoothed; undefined until data was acknowledged. */
  rttUs: number | undefined;
}

/** One end of a connection on this host. Mutated in place by `decode`/`identify` while it lives. */
export interface HalfFlow {
  /** Unique on this host while sonde runs; never reused. */
  readonly id: number;
  /** Undefined: a process outside every watched container (host process). */
  readonly container: Container | undefined;
  /** An accepted connection is its listener's until a process uses it. */
  pid: Pid | undefined;
  processName: string | undefined;
  /** Inode of the network namespace the socket lives in: half of every address's meaning. */
  readonly netnsInode: number;
  readonly tuple: Tuple;
  readonly role: 'client' | 'server';
  readonly openedMs: number;
  closedMs: number | undefined;
  /** True when it was open before sonde started. */
  readonly isPreexisting: boolean;
  /** (client ISN, server ISN) of a TCP connection; never leaves the host raw. */
  fingerprint: Fingerprint | undefined;
  readonly counters: FlowCounters;
  connectDurationUs: number | undefined;
  /** errno name or `reset`, `timeout`, `refused`, …: why it failed or was cut. */
  failure: string | undefined;
}

export interface Fingerprint {
  readonly clientIsn: number;
  readonly serverIsn: number;
}

export type StitchMethod =
  | 'local'
  | 'published-port'
  | 'nat'
  | 'route'
  | 'overlay'
  | 'service-vip'
  | 'fingerprint'
  | 'directory'
  | 'external';
export type StitchConfidence = 'confirmed' | 'derived' | 'assumed' | 'none';

/** The other end of a half flow, as far as it could be told. */
export interface Peer {
  readonly kind: 'container' | 'host' | 'external' | 'unknown';
  readonly container: Container | undefined;
  /** The half flow at the other end, when it is on this host and known. */
  readonly half: HalfFlow | undefined;
  /** The real endpoint behind translation. */
  readonly address: string;
  readonly port: number;
  readonly method: StitchMethod;
  readonly confidence: StitchConfidence;
  /** Why it is not resolved (confidence `none`) or only assumed. */
  readonly cause: string | undefined;
}

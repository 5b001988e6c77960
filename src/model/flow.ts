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
  /** At the client: the name under which its container asked for the address it dials. */
  readonly dialedName?: string | undefined;
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
  readonly cause: StitchCause | undefined;
  /** The process between the two, where there are two connections (docker-proxy). */
  readonly via: ProxyHop | undefined;
}

/**
 * `no-agent`: it leaves for a host that is not asked · `no-route`: the tables lead nowhere · `no-owner`: nobody
 * on the segment has the address · `no-tables`: a namespace on the way is not known · `nat-expired`: only a
 * forgotten translation explains it · `no-socket`: the owner is known, its socket was not seen · `proxy`: a
 * proxy process holds the other end · `ambiguous`: several owners fit · `multicast` · `overflow`: a bound was hit.
 */
export type StitchCause =
  | 'no-agent'
  | 'no-route'
  | 'no-owner'
  | 'no-tables'
  | 'nat-expired'
  | 'no-socket'
  | 'proxy'
  | 'ambiguous'
  | 'multicast'
  | 'overflow';

export interface ProxyHop {
  readonly pid: Pid | undefined;
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
}

/** What `stitch` takes: one end of a connection, from its opening to its end. */
export interface HalfFlowSink {
  opened(half: HalfFlow): void;
  /** Something that joins it became known later: its fingerprint. */
  changed(half: HalfFlow): void;
  /** `closedMs` is set and the counters are final. */
  closed(half: HalfFlow): void;
}

/** A half flow with its other end. `peer` is replaced when more is known; bytes that were booked stay. */
export interface Flow {
  readonly half: HalfFlow;
  peer: Peer;
  /** 128 bits in hex, the same at both ends; undefined without a fingerprint. Computed on every reading. */
  readonly connectionId: string | undefined;
}

/**
 * What `stitch` hands on. A flow is opened at most 5 s after its half, with the best that is known then;
 * `closed` comes after `opened`, also for one that was closed before it was resolved.
 */
export interface FlowSink {
  opened(flow: Flow): void;
  updated(flow: Flow, before: Peer): void;
  closed(flow: Flow): void;
  /** Bytes this end sent that the other did not receive; once per end, when both have closed or 10 s after the first. */
  balanced(flow: Flow, unreceivedBytes: number): void;
}

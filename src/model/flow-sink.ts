import type { HalfFlow, Peer } from './flow.ts';

/** What `identify` hands on: one end of each connection, with its container. The object is the same each time. */
export interface HalfFlowSink {
  opened(half: HalfFlow): void;
  /** Counters moved, or the process became known. */
  updated(half: HalfFlow): void;
  /** Once; counters are final. Also for one that failed to connect: then `failure` is set and `opened` was never called. */
  closed(half: HalfFlow): void;
}

/** One end and, as far as it was found, the other one. */
export interface PairedFlow {
  readonly half: HalfFlow;
  readonly peer: Peer | undefined;
}

/** What `stitch` hands on. `updated` is also called when the peer became known or better known. */
export interface FlowSink {
  opened(flow: PairedFlow): void;
  updated(flow: PairedFlow): void;
  closed(flow: PairedFlow): void;
}

import type { HalfFlow, Peer, StitchCause, StitchConfidence, StitchMethod, Tuple } from './flow.ts';

/** Flows as somebody looks at them, busiest first; those that did not fit are counted. */
export interface FlowView {
  readonly timeMs: number;
  /** Counts begin here; another value means another run of the agent. */
  readonly sinceMs: number;
  readonly rows: readonly FlowRow[];
  /** Rows over the bound of one view. */
  readonly hiddenRows: number;
  /** Connections whose records were lost: counted, but under no row. */
  readonly lostConnections: number;
}

/** All flows of one container that share process, role, service dialled and other end. Counts are cumulative. */
export interface FlowRow {
  /** Unique in one run of the agent, and never used again. */
  readonly id: number;
  readonly containerKey: string;
  readonly containerName: string;
  readonly containerImage: string | undefined;
  readonly process: string | undefined;
  readonly role: HalfFlow['role'];
  readonly transport: Tuple['transport'];
  readonly networkType: Tuple['networkType'];
  /** At the client the service as dialled, at the server where it accepted. */
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly peer: FlowRowPeer;
  readonly transmittedBytes: number;
  readonly receivedBytes: number;
  readonly activeConnections: number;
  readonly openedConnections: number;
  readonly closedConnections: number;
  readonly failedConnections: number;
  /** Why connections failed or were cut: cause → times. */
  readonly failures: Readonly<Record<string, number>>;
  readonly retransmittedSegments: number;
  /** Latest smoothed one of any of the connections. */
  readonly rttUs: number | undefined;
}

/** The other end of the latest of a row's flows. */
export interface FlowRowPeer {
  /** `overflow`: flows of all kinds that are over the bound of their container. */
  readonly kind: Peer['kind'] | 'overflow';
  readonly name: string | undefined;
  readonly process: string | undefined;
  readonly address: string;
  /** Undefined where the kernel chose it: the client's. */
  readonly port: number | undefined;
  readonly method: StitchMethod;
  readonly confidence: StitchConfidence;
  readonly cause: StitchCause | undefined;
  /** A proxy process between the two: where it listens. */
  readonly viaAddress: string | undefined;
  readonly viaPort: number | undefined;
}

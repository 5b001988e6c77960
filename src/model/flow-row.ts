import type { Container } from './container.ts';
import type { Flow } from './flow.ts';

/** A flow as others see it: over the control socket and in `sonde flows --json`. Raw sequence numbers stay behind. */
export interface FlowRow {
  readonly id: number;
  readonly container: FlowContainer | null;
  readonly pid: number | null;
  readonly process: string | null;
  readonly role: 'client' | 'server';
  readonly transport: 'tcp' | 'udp';
  readonly networkType: 'ipv4' | 'ipv6';
  readonly local: FlowEndpoint;
  readonly remote: FlowEndpoint;
  readonly peer: {
    readonly kind: string;
    readonly container: FlowContainer | null;
    /** The real endpoint behind translation. */
    readonly endpoint: FlowEndpoint;
    readonly pid: number | null;
    readonly process: string | null;
    readonly method: string;
    readonly confidence: string;
    readonly cause: string | null;
    /** Process between the two, where there are two connections. */
    readonly via: (FlowEndpoint & { readonly pid: number | null }) | null;
  };
  /** The same at both ends; null without a fingerprint. */
  readonly connectionId: string | null;
  readonly openedMs: number;
  readonly closedMs: number | null;
  readonly isPreexisting: boolean;
  readonly failure: string | null;
  readonly transmittedBytes: number;
  readonly receivedBytes: number;
  readonly transmittedMessages: number;
  readonly receivedMessages: number;
  readonly retransmits: number;
  readonly rttUs: number | null;
  readonly connectDurationUs: number | null;
}

export interface FlowContainer {
  readonly key: string;
  readonly id: string | null;
  readonly name: string | null;
}

export interface FlowEndpoint {
  readonly address: string;
  readonly port: number;
}

/** What the control socket answers. */
export interface FlowList {
  /** How many there are; `flows` may be cut. */
  readonly total: number;
  readonly flows: readonly FlowRow[];
}

export function toFlowRow({ half, peer, connectionId }: Flow): FlowRow {
  const { tuple, counters } = half;
  return {
    id: half.id,
    container: toContainer(half.container),
    pid: half.pid ?? null,
    process: half.processName ?? null,
    role: half.role,
    transport: tuple.transport,
    networkType: tuple.networkType,
    local: { address: tuple.localAddress, port: tuple.localPort },
    remote: { address: tuple.remoteAddress, port: tuple.remotePort },
    peer: {
      kind: peer.kind,
      container: toContainer(peer.container),
      endpoint: { address: peer.address, port: peer.port },
      pid: peer.half?.pid ?? null,
      process: peer.half?.processName ?? null,
      method: peer.method,
      confidence: peer.confidence,
      cause: peer.cause ?? null,
      via: peer.via ? { address: peer.via.address, port: peer.via.port, pid: peer.via.pid ?? null } : null,
    },
    connectionId: connectionId ?? null,
    openedMs: half.openedMs,
    closedMs: half.closedMs ?? null,
    isPreexisting: half.isPreexisting,
    failure: half.failure ?? null,
    transmittedBytes: counters.transmittedBytes,
    receivedBytes: counters.receivedBytes,
    transmittedMessages: counters.transmittedMessages,
    receivedMessages: counters.receivedMessages,
    retransmits: counters.retransmittedSegments,
    rttUs: counters.rttUs ?? null,
    connectDurationUs: half.connectDurationUs ?? null,
  };
}

const toContainer = (container: Container | undefined): FlowContainer | null =>
  container === undefined
    ? null
    : { key: container.key, id: container.identity?.id ?? null, name: container.identity?.name ?? null };

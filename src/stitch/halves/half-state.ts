import type { Flow, HalfFlow, Peer } from '../../model/flow.ts';
import type { Endpoints } from '../../model/network.ts';
import type { FingerprintIds } from '../fingerprint.ts';
import { packetOf } from '../nat/endpoints.ts';
import { unknownPeer } from '../peers.ts';

/** One half flow while it is held, and how far its other end is found: what is handed on as its flow. */
export class HalfState implements Flow {
  readonly half: HalfFlow;
  /** Undefined until it was handed on. */
  known: Peer | undefined;
  /** When the tables have to fit: its opening; for one older than sonde, when we first saw it. */
  atMs: number;
  readonly arrivedMs: number;
  /** The other end, once joined. */
  other: HalfState | undefined;
  /** Whose walk came to this socket. */
  foundBy: HalfState | undefined;
  /** When to look again, while it waits. */
  nextTryMs = 0;
  tries = 0;
  ending: 'no' | 'ended' | 'handed-on' = 'no';
  isBalanced = false;
  readonly #ids: FingerprintIds;

  constructor(half: HalfFlow, nowMs: number, ids: FingerprintIds) {
    this.half = half;
    this.arrivedMs = nowMs;
    this.atMs = half.isPreexisting ? nowMs : half.openedMs;
    this.#ids = ids;
  }

  get peer(): Peer {
    return this.known ?? unknownPeer(this.half, 'overflow');
  }

  /** Made when it is asked: most flows are only summed. */
  get connectionId(): string | undefined {
    return this.half.fingerprint && this.#ids.connectionId(this.half.fingerprint);
  }

  get isClosed(): boolean {
    return this.ending !== 'no';
  }

  /** What its own packets carry. */
  get packet(): Endpoints {
    return packetOf(this.half.tuple);
  }
}

export function isPacketOf({ half: { tuple } }: HalfState, packet: Endpoints): boolean {
  return (
    tuple.localPort === packet.sourcePort &&
    tuple.remotePort === packet.destinationPort &&
    tuple.localAddress === packet.sourceAddress &&
    tuple.remoteAddress === packet.destinationAddress
  );
}

/** True when the lives of two ends touch, or nearly: a datagram waits in the receiver's queue. */
export const isTogether = (a: HalfFlow, b: HalfFlow): boolean => isWithin(a, b, QUEUED_MS);
/** Both are told by the same kernel's clock. */
export const isOverlapping = (a: HalfFlow, b: HalfFlow): boolean => isWithin(a, b, 0);

const QUEUED_MS = 1_000;

function isWithin(a: HalfFlow, b: HalfFlow, gapMs: number): boolean {
  const endMs = (half: HalfFlow) => (half.closedMs ?? Number.POSITIVE_INFINITY) + gapMs;
  return a.openedMs <= endMs(b) && b.openedMs <= endMs(a);
}

export function isFingerprintEqual(a: HalfFlow, b: HalfFlow): boolean | undefined {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return undefined;
  return a.fingerprint.clientIsn === b.fingerprint.clientIsn && a.fingerprint.serverIsn === b.fingerprint.serverIsn;
}

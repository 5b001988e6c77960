import type { Flow, HalfFlow } from '../../model/flow.ts';
import type { Endpoints } from '../../model/network.ts';
import { packetOf } from '../nat/endpoints.ts';

/** One half flow while it is held, and how far its other end is found. */
export class HalfState {
  readonly half: HalfFlow;
  /** What its packets carry. */
  readonly packet: Endpoints;
  /** When the tables have to fit: its opening; for one older than sonde, when we first saw it. */
  atMs: number;
  readonly arrivedMs: number;
  /** Undefined until it was handed on. */
  flow: Flow | undefined;
  /** The other end, once joined. */
  other: HalfState | undefined;
  /** Whose walk came to this socket. */
  foundBy: HalfState | undefined;
  /** When to look again; undefined: settled. */
  nextTryMs: number | undefined;
  tries = 0;
  ending: 'no' | 'ended' | 'handed-on' = 'no';
  isBalanced = false;

  constructor(half: HalfFlow, nowMs: number) {
    this.half = half;
    this.packet = packetOf(half.tuple);
    this.arrivedMs = nowMs;
    this.atMs = half.isPreexisting ? nowMs : half.openedMs;
  }

  get isClosed(): boolean {
    return this.ending !== 'no';
  }
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

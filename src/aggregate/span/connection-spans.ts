import { randomBytes } from 'node:crypto';
import { ATTR_SONDE_SPAN_HALF, ATTR_SONDE_SPAN_IDS, ATTR_SONDE_SPAN_KEPT } from '../../generated/signals.ts';
import type { Container, Identity } from '../../model/container.ts';
import type { Flow, FlowSink, HalfFlow, StitchCause } from '../../model/flow.ts';
import type { Span, SpanIds, SpanSink } from '../../model/span.ts';
import type { Ledger } from '../../self/ledger.ts';
import { connectionAttributes } from './connection-attributes.ts';
import { isTaken, type Randomness, randomnessOf, thresholdOf, traceStateOf } from './sampling.ts';
import { cutToBudget } from './span-budget.ts';

/** Ended connections that wait for their container's name or their other end's fate. */
const MAX_PENDING = 16_384;
/** A runtime that does not answer; after it `identify` has a name of its own. */
const NAME_WAIT_MS = 30_000;
/** What the other end came to: as long as `stitch` compares the two. */
const PEER_WAIT_MS = 10_000;
/** A metric waits as long for the other end and its name; a connection that was shorter may still be looked at. */
const BETTER_WAIT_MS = 5_000;
/** A lost SYN is sent again after a second. */
const SLOW_CONNECT_US = 1_000_000;

export interface SpanConfig {
  /** Share of connections sampled, 0 to 1. */
  readonly ratio: number;
  readonly perSecond: number;
}

export interface ConnectionSpans extends FlowSink {
  /** The container was filtered out: forget its connections. */
  forget(container: Container): void;
  /** Once a second: hands on what is decided. */
  tick(): void;
  /** Hands on what waits, as it is. */
  close(): void;
}

export interface ConnectionSpanDeps {
  readonly ids: SpanIds;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
}

interface Pending {
  readonly flow: Flow;
  readonly endedMs: number;
  /** Chosen once: random ones must not be drawn until they are sampled. */
  ids: Ids | undefined;
}

interface Candidate {
  readonly flow: Flow;
  readonly identity: Identity;
  readonly ids: Ids;
  readonly randomness: Randomness;
  /** Why it is kept whatever the ratio. */
  readonly kept: 'failed' | 'slow' | undefined;
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly source: 'fingerprint' | 'random';
}

/** Every connection that ended → its span, sampled by trace id and within a budget; the failed and slow are kept. */
export function createConnectionSpans(config: SpanConfig, deps: ConnectionSpanDeps, next: SpanSink): ConnectionSpans {
  const { ids, ledger, nowMs } = deps;
  const threshold = thresholdOf(config.ratio);
  const pending = new Set<Pending>();

  /** Undefined while something that decides is not known; null when there is to be no span. */
  const decide = (entry: Pending, waitedMs: number): Candidate | null | undefined => {
    const { flow } = entry;
    const identity = flow.half.container?.identity;
    if (!identity) {
      if (waitedMs < NAME_WAIT_MS) return undefined;
      ledger.count('aggregate', 'dropped', 'span-unnamed');
      return null;
    }
    if (waitedMs < BETTER_WAIT_MS && mayImprove(flow)) return undefined;
    entry.ids ??= idsOf(flow.half, ids);
    const own = entry.ids;
    const randomness = randomnessOf(own.traceId);
    const kept = reasonToKeep(flow);
    if (kept || isTaken(randomness, threshold)) return { flow, identity, ids: own, randomness, kept };
    const other = flow.peer.half;
    if (other && other.closedMs === undefined && waitedMs < PEER_WAIT_MS) return undefined;
    ledger.count('aggregate', 'shed', 'span-ratio');
    return null;
  };

  const settle = (isLast: boolean): void => {
    const now = nowMs();
    const kept: Candidate[] = [];
    const sampled: Candidate[] = [];
    for (const entry of pending) {
      const candidate = decide(entry, isLast ? Number.POSITIVE_INFINITY : now - entry.endedMs);
      if (candidate === undefined) continue;
      pending.delete(entry);
      if (candidate) (candidate.kept ? kept : sampled).push(candidate);
    }
    // What is kept comes first; each second has room for both.
    const first = cutToBudget(kept, config.perSecond);
    const rest = cutToBudget(sampled, config.perSecond - first.admitted.length);
    if (first.shed.length > 0) ledger.count('aggregate', 'shed', 'span-budget-kept', first.shed.length);
    if (rest.shed.length > 0) ledger.count('aggregate', 'shed', 'span-budget', rest.shed.length);
    const used = rest.threshold === undefined || threshold === undefined ? undefined : max(threshold, rest.threshold);
    const spans = [...first.admitted, ...rest.admitted].map((candidate) => spanOf(candidate, used));
    if (spans.length === 0) return;
    ledger.count('aggregate', 'kept', '', spans.length);
    next(spans);
  };

  return {
    opened: () => undefined,
    updated: () => undefined,
    balanced: () => undefined,
    closed(flow) {
      if (flow.half.container === undefined) return;
      if (pending.size >= MAX_PENDING) ledger.count('aggregate', 'shed', 'span-pending');
      else pending.add({ flow, endedMs: nowMs(), ids: undefined });
    },
    forget(container) {
      for (const entry of pending) if (entry.flow.half.container === container) pending.delete(entry);
    },
    tick: () => settle(false),
    close: () => settle(true),
  };
}

const max = (a: string, b: string): string => (a > b ? a : b);

/** An end knows the other's fate where that is on this host; elsewhere each keeps its own. */
function reasonToKeep({ half, peer }: Flow): Candidate['kept'] {
  if (half.failure !== undefined || peer.half?.failure !== undefined) return 'failed';
  return isSlow(half) || (peer.half !== undefined && isSlow(peer.half)) ? 'slow' : undefined;
}

const isSlow = ({ connectDurationUs = 0 }: HalfFlow): boolean => connectDurationUs >= SLOW_CONNECT_US;

/** The other end is not named yet, or is one that the tables or its own socket may still tell. */
function mayImprove({ half, peer }: Flow): boolean {
  if (peer.container) return !peer.container.identity;
  // One that was never established was looked at long enough, and has no socket at the other end.
  return half.fingerprint !== undefined && peer.confidence === 'none' && LATE_CAUSES.has(peer.cause);
}

const LATE_CAUSES: ReadonlySet<StitchCause | undefined> = new Set([
  'no-owner',
  'no-tables',
  'no-socket',
  'nat-expired',
  'ambiguous',
]);

/** A connection is its own first request: offset 0 of no stream. */
function idsOf({ fingerprint, role }: HalfFlow, ids: SpanIds): Ids {
  if (!fingerprint) {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    return { traceId, spanId, parentSpanId: undefined, source: 'random' };
  }
  return {
    traceId: ids.traceId(fingerprint, 0, 0),
    spanId: ids.spanId(fingerprint, role, 0, 0),
    parentSpanId: role === 'server' ? ids.spanId(fingerprint, 'client', 0, 0) : undefined,
    source: 'fingerprint',
  };
}

function spanOf({ flow, identity, ids, randomness, kept }: Candidate, threshold: string | undefined): Span {
  const { half, peer } = flow;
  const attributes = connectionAttributes(flow);
  const isSampled = isTaken(randomness, threshold);
  attributes[ATTR_SONDE_SPAN_IDS] = ids.source;
  if (kept && !isSampled) {
    attributes[ATTR_SONDE_SPAN_KEPT] = kept;
    if (ids.source === 'fingerprint' && peer.half === undefined) attributes[ATTR_SONDE_SPAN_HALF] = true;
  }
  const { tuple, role } = half;
  const port = role === 'client' ? tuple.remotePort : tuple.localPort;
  return {
    resource: identity.resource,
    traceId: ids.traceId,
    spanId: ids.spanId,
    parentSpanId: ids.parentSpanId,
    traceState: isSampled && threshold !== undefined ? traceStateOf(threshold) : '',
    kind: role,
    name: `${tuple.transport === 'tcp' ? 'TCP connection' : 'UDP flow'} ${port}`,
    startMs: half.openedMs,
    endMs: Math.max(half.openedMs, half.closedMs ?? half.openedMs),
    attributes,
    failure: half.failure,
  };
}

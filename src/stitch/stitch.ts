import type { Container } from '../model/container.ts';
import type { FlowSink, HalfFlow, HalfFlowSink, Peer } from '../model/flow.ts';
import { canonicalIp } from '../model/ip.ts';
import type { NamespaceSink, StaticTranslation } from '../model/network.ts';
import type { Ledger } from '../self/ledger.ts';
import { balance } from './balance.ts';
import type { StitchConfig } from './config.ts';
import { Namespaces } from './domains/namespaces.ts';
import { Segments } from './domains/segments.ts';
import { createFingerprintIds } from './fingerprint.ts';
import { HalfState } from './halves/half-state.ts';
import { Halves } from './halves/halves.ts';
import { createNamespaceIntake } from './namespace-intake.ts';
import { StaticTranslations } from './nat/static-translations.ts';
import { Translations } from './nat/translations.ts';
import { type Resolution, unknownPeer } from './resolution.ts';
import { resolve } from './resolve.ts';

export interface StitchDeps {
  readonly ledger: Ledger;
  /** Wall clock, the one half flows are stamped with. */
  readonly nowMs: () => number;
  /** A socket lives in a namespace that is not known: whoever can should open it. */
  readonly wantNamespace: (netnsInode: number, pid: number) => void;
}

export interface Stitch extends HalfFlowSink {
  /** Tables and translations, from `probe/net`. */
  readonly namespaces: NamespaceSink;
  containerOpened(container: Container, netnsInode: number): void;
  containerClosed(container: Container): void;
  /** All published ports and proxies there are now. */
  staticTranslations(list: readonly StaticTranslation[]): void;
  /** At least every 250 ms. */
  tick(): void;
  /** Hands on whatever waits. */
  close(): void;
}

/** When a half flow that is not settled is looked at again, after its first look. */
const RETRY_MS = [50, 150, 300, 500, 1_000];
const LATE_RETRY_MS = 5_000;
/** What was handed on without its other end is looked at for so long: tables of a busy host come late. */
const LATE_MS = 60_000;
const PRUNE_MS = 5_000;

/** Joins the half flows of this host: tables and sockets in, flows with both ends out. */
export function createStitch(config: StitchConfig, deps: StitchDeps, next: FlowSink): Stitch {
  const { ledger, nowMs } = deps;
  const namespaces = new Namespaces(config);
  const segments = new Segments(namespaces);
  const translations = new Translations(config);
  const statics = new StaticTranslations();
  const halves = new Halves(config.maxHalves);
  const ids = createFingerprintIds(config.fleetKey);
  const tables = { namespaces, segments, translations, statics, halves, slackMs: config.slackMs };
  const waiting = new Set<HalfState>();
  const closing = new Set<HalfState>();
  let prunedMs = Number.NEGATIVE_INFINITY;

  function look(state: HalfState, now: number): void {
    waiting.delete(state);
    const found = resolve(tables, state);
    join(state, found, now);
    const isDue = isTimeUp(state, found, now);
    if (isDue) handOn(state, found);
    // Nothing more is to be expected, but the other end's arrival, which tells itself.
    if (found.patience !== 'wait' && state.flow !== undefined) return;
    const waitedMs = now - state.arrivedMs;
    if (waitedMs > LATE_MS) return;
    const retryMs = state.flow === undefined ? (RETRY_MS[state.tries] ?? RETRY_MS.at(-1)) : LATE_RETRY_MS;
    state.tries++;
    state.nextTryMs = now + (retryMs ?? LATE_RETRY_MS);
    waiting.add(state);
  }

  function isTimeUp(state: HalfState, found: Resolution, now: number): boolean {
    if (state.flow !== undefined || found.patience === 'now') return true;
    const waitedMs = now - state.arrivedMs;
    return waitedMs >= (found.patience === 'soon' ? config.leaveMs : config.waitMs);
  }

  /** The other end learns of it too, at once. */
  function join(state: HalfState, found: Resolution, now: number): void {
    const { other } = found;
    if (other === undefined) return;
    const isNews =
      state.other !== other || (found.peer.confidence === 'confirmed' && other.flow?.peer.confidence === 'derived');
    state.other = other;
    other.foundBy = state;
    if (isNews && (other.other !== state || other.flow?.peer.confidence === 'derived')) {
      // A UDP socket lives on after who it talked to, and somebody else answers at the same address.
      if (other.other !== state && other.other?.isClosed && other.half.tuple.transport === 'udp') other.atMs = now;
      other.nextTryMs = now;
      waiting.add(other);
    }
  }

  function handOn(state: HalfState, found: Resolution): void {
    const { flow } = state;
    if (flow === undefined) {
      if (found.isMismatch) ledger.count('stitch', 'dropped', 'walk-mismatch');
      emit(state, found.peer);
    } else if (isBetter(found.peer, flow.peer)) {
      const before = flow.peer;
      flow.peer = found.peer;
      next.updated(flow, before);
    }
  }

  function emit(state: HalfState, peer: Peer): void {
    const { half } = state;
    state.flow = { half, peer, connectionId: half.fingerprint && ids.connectionId(half.fingerprint) };
    ledger.count('stitch', 'kept', '');
    next.opened(state.flow);
    closeFlow(state);
  }

  function closeFlow(state: HalfState): void {
    if (state.flow === undefined || state.ending !== 'ended') return;
    state.ending = 'handed-on';
    next.closed(state.flow);
  }

  /** There is no room to remember it: it is handed on, its end unknown, so that its bytes are still counted. */
  function overflow(half: HalfFlow, now: number): HalfState {
    const state = new HalfState(half, now);
    state.flow = { half, peer: unknownPeer(state, 'overflow'), connectionId: undefined };
    return state;
  }

  function expire(now: number): void {
    for (const state of closing) {
      const closedMs = state.half.closedMs ?? now;
      const { other } = state;
      if (!state.isBalanced && state.flow && other?.flow && (other.isClosed || now - closedMs >= config.balanceMs))
        balance(state, other, next, ledger);
      if (state.flow === undefined || now - Math.max(closedMs, state.arrivedMs) < config.closedMs) continue;
      closing.delete(state);
      waiting.delete(state);
      halves.remove(state);
      if (other?.other === state && other.isClosed) other.other = undefined;
    }
    if (now - prunedMs < PRUNE_MS) return;
    prunedMs = now;
    if (namespaces.prune(now - config.rowMs)) segments.forget();
    translations.prune(now - config.translationMs);
    statics.prune(now - config.rowMs);
  }

  return {
    namespaces: createNamespaceIntake(tables, ledger, nowMs),
    opened(half) {
      const now = nowMs();
      const state = new HalfState(half, now);
      if (!halves.add(state)) {
        ledger.count('stitch', 'dropped', 'half-flows');
        next.opened(overflow(half, now).flow as NonNullable<HalfState['flow']>);
        return;
      }
      if (half.pid !== undefined && namespaces.at(half.netnsInode, state.atMs) === undefined)
        deps.wantNamespace(half.netnsInode, half.pid);
      look(state, now);
    },
    changed(half) {
      const state = halves.get(half);
      if (state === undefined || half.fingerprint === undefined) return;
      halves.fingerprinted(state);
      if (state.flow !== undefined) state.flow.connectionId = ids.connectionId(half.fingerprint);
      look(state, nowMs());
    },
    closed(half) {
      const now = nowMs();
      const state = halves.get(half);
      if (state === undefined) {
        next.closed(overflow(half, now).flow as NonNullable<HalfState['flow']>);
        return;
      }
      closing.add(state);
      state.ending = 'ended';
      closeFlow(state);
    },
    containerOpened: (container, netnsInode) => namespaces.containerOpened(container, netnsInode, nowMs()),
    containerClosed: (container) => namespaces.containerClosed(container, nowMs()),
    staticTranslations: (list) => statics.replace(list.map(canonical), nowMs()),
    tick() {
      const now = nowMs();
      for (const state of [...waiting]) if ((state.nextTryMs ?? 0) <= now) look(state, now);
      expire(now);
    },
    close() {
      for (const state of waiting) if (state.flow === undefined) emit(state, resolve(tables, state).peer);
      waiting.clear();
    },
  };
}

const RANK = { confirmed: 3, derived: 2, assumed: 1, none: 0 } as const;

/** Knowledge only grows: a lost table does not take back what was seen. */
function isBetter(found: Peer, known: Peer): boolean {
  // Somebody else answers where the known one has ended; its socket proves it, its address would not.
  if (known.half?.closedMs !== undefined && found.half !== undefined && found.half !== known.half) return true;
  const gained = RANK[found.confidence] - RANK[known.confidence];
  if (gained !== 0) return gained > 0;
  if (found.half !== known.half) return found.half !== undefined;
  return found.container !== known.container || found.cause !== known.cause || found.method !== known.method;
}

function canonical(row: StaticTranslation): StaticTranslation {
  return { ...row, address: canonicalIp(row.address), targetAddress: canonicalIp(row.targetAddress) };
}

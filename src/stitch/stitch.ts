import type { Container } from '../model/container.ts';
import type { FlowSink, HalfFlowSink, Peer } from '../model/flow.ts';
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
import { peerOf, type Resolution } from './resolution.ts';
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
  const { slackMs, hostNetnsInode } = config;
  const tables = { namespaces, segments, translations, statics, halves, slackMs, hostNetnsInode };
  const waiting = new Set<HalfState>();
  const closing = new Set<HalfState>();
  let prunedMs = Number.NEGATIVE_INFINITY;

  function look(state: HalfState, now: number): void {
    waiting.delete(state);
    const found = resolve(tables, state);
    join(state, found, now);
    if (isTimeUp(state, found, now)) handOn(state, found.peer, found.isMismatch);
    // Nothing more is to be expected, but the other end's arrival, which tells itself.
    if (found.patience !== 'wait' && state.known !== undefined) return;
    if (now - state.arrivedMs > LATE_MS) return;
    const retryMs = state.known === undefined ? RETRY_MS[Math.min(state.tries++, RETRY_MS.length - 1)] : LATE_RETRY_MS;
    lookAt(state, now + (retryMs ?? LATE_RETRY_MS));
  }

  function lookAt(state: HalfState, atMs: number): void {
    state.nextTryMs = atMs;
    waiting.add(state);
  }

  function isTimeUp(state: HalfState, found: Resolution, now: number): boolean {
    if (state.known !== undefined || found.patience === 'now') return true;
    const waitedMs = now - state.arrivedMs;
    return waitedMs >= (found.patience === 'soon' ? config.leaveMs : config.waitMs);
  }

  /** What joins one end joins the other. */
  function join(state: HalfState, { other, peer, hasMet }: Resolution, now: number): void {
    if (other === undefined) return;
    const isJoined = state.other === other && other.other === state;
    state.other = other;
    other.foundBy = state;
    // A proxy's sockets are nobody's last word, and a proxy is no container's process.
    const isMutual = state.half.container !== undefined && other.half.container !== undefined && peer.via === undefined;
    if (isMutual && hasMet && peer.confidence === 'confirmed') {
      other.other = state;
      waiting.delete(other);
      handOn(other, peerOf(state, peer.method, 'confirmed'), false);
    } else if (!isJoined || other.known?.confidence === 'derived') {
      // A UDP socket lives on after who it talked to, and somebody else answers at the same address.
      if (other.other !== state && other.other?.isClosed && other.half.tuple.transport === 'udp') other.atMs = now;
      if (!isJoined || peer.confidence === 'confirmed') lookAt(other, now);
    }
  }

  function handOn(state: HalfState, peer: Peer, isMismatch: boolean): void {
    const before = state.known;
    if (before === undefined) {
      if (isMismatch) ledger.count('stitch', 'dropped', 'walk-mismatch');
      state.known = peer;
      ledger.count('stitch', 'kept', '');
      next.opened(state);
      closeFlow(state);
    } else if (isBetter(peer, before)) {
      state.known = peer;
      next.updated(state, before);
    }
  }

  function closeFlow(state: HalfState): void {
    if (state.known === undefined || state.ending !== 'ended') return;
    state.ending = 'handed-on';
    next.closed(state);
    if (state.other?.isClosed) balance(state, state.other, next, ledger);
  }

  /** In the order of their ends. */
  function expire(now: number): void {
    for (const state of closing) {
      const ageMs = now - Math.max(state.half.closedMs ?? now, state.arrivedMs);
      if (ageMs < Math.min(config.balanceMs, config.closedMs)) break;
      const { other } = state;
      if (other !== undefined && ageMs >= config.balanceMs) balance(state, other, next, ledger);
      if (state.known === undefined || ageMs < config.closedMs) continue;
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
      const state = new HalfState(half, now, ids);
      if (!halves.add(state)) {
        // No room to remember it: it is handed on, its end unknown, so that its bytes are still counted.
        ledger.count('stitch', 'dropped', 'half-flows');
        next.opened(state);
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
      look(state, nowMs());
    },
    closed(half) {
      const state = halves.get(half);
      if (state === undefined) {
        next.closed(new HalfState(half, nowMs(), ids));
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
      for (const state of [...waiting]) if (state.nextTryMs <= now) look(state, now);
      expire(now);
    },
    close() {
      for (const state of [...waiting])
        if (state.known === undefined) handOn(state, resolve(tables, state).peer, false);
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

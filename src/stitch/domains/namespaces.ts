import type { Container } from '../../model/container.ts';
import type { NamespaceRef } from '../../model/network.ts';
import { NamespaceTables } from './namespace-tables.ts';
import { LIFE, lifeAt, type Timed } from './timed.ts';

/** One network namespace: the domain of every address in it. It outlives its end for the flows of its last seconds. */
export class NamespaceState implements Timed<NamespaceRef> {
  readonly row: NamespaceRef;
  readonly sinceMs: number;
  untilMs = Number.POSITIVE_INFINITY;
  readonly tables: NamespaceTables;
  /** When its translations were last known to be complete. */
  natSyncedMs: number;
  /** Number of another namespace in this one's links → which it was, and when. */
  readonly numbers = new Map<number, Timed<NamespaceState>[]>();

  constructor(ref: NamespaceRef, sinceMs: number, maxRows: number) {
    this.row = ref;
    this.sinceMs = sinceMs;
    this.natSyncedMs = sinceMs;
    this.tables = new NamespaceTables(maxRows, sinceMs);
  }

  get id(): number {
    return this.row.id;
  }

  get inode(): number {
    return this.row.inode;
  }
}

/** All namespaces, living and just ended, and whose they are. */
export class Namespaces {
  readonly #byId = new Map<number, NamespaceState>();
  readonly #byInode = new Map<number, NamespaceState[]>();
  readonly #containers = new Map<number, Timed<Container>[]>();
  readonly #limits: { readonly maxNamespaces: number; readonly maxRows: number; readonly slackMs: number };

  constructor(limits: { readonly maxNamespaces: number; readonly maxRows: number; readonly slackMs: number }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Undefined: there is no room. */
  open(ref: NamespaceRef): NamespaceState | undefined {
    if (this.#byId.size >= this.#limits.maxNamespaces) return undefined;
    const before = this.#byInode.get(ref.inode) ?? [];
    const state = new NamespaceState(ref, this.#bornMs(ref.inode, before), this.#limits.maxRows);
    this.#byId.set(ref.id, state);
    this.#byInode.set(ref.inode, [...before, state]);
    return state;
  }

  get(ref: NamespaceRef): NamespaceState | undefined {
    return this.#byId.get(ref.id);
  }

  close(ref: NamespaceRef, nowMs: number): void {
    const state = this.#byId.get(ref.id);
    if (state === undefined) return;
    state.untilMs = nowMs;
    for (const other of this.#byId.values())
      for (const timed of [...other.numbers.values()].flat()) if (timed.row === state) timed.untilMs = nowMs;
  }

  number(state: NamespaceState, nsid: number, other: NamespaceState, nowMs: number): void {
    const known = state.numbers.get(nsid) ?? [];
    const last = known.at(-1);
    if (last !== undefined && last.untilMs > nowMs) last.untilMs = nowMs;
    // It is told when it is asked, which may be long after it came about.
    const sinceMs = Math.max(state.sinceMs, other.sinceMs);
    state.numbers.set(nsid, [...known, { row: other, sinceMs, untilMs: Number.POSITIVE_INFINITY }]);
  }

  /**
   * Which one an inode meant at a moment. No guess: the kernel gives an inode again only after we let go of
   * the namespace that had it, so ours is the moment that divides the two.
   */
  at(inode: number, atMs: number): NamespaceState | undefined {
    const states = this.#byInode.get(inode) ?? [];
    const found = states.findLast((state) => state.sinceMs <= atMs) ?? states[0];
    if (found === undefined) return undefined;
    return lifeAt(found, Math.min(atMs, found.untilMs), this.#limits.slackMs) !== LIFE.none &&
      atMs <= found.untilMs + this.#limits.slackMs
      ? found
      : undefined;
  }

  all(): Iterable<NamespaceState> {
    return this.#byId.values();
  }

  containerOpened(container: Container, inode: number, nowMs: number): void {
    const sinceMs = container.isPreexisting ? Number.NEGATIVE_INFINITY : Math.min(container.startedMs, nowMs);
    const known = this.#containers.get(inode) ?? [];
    this.#containers.set(inode, [...known, { row: container, sinceMs, untilMs: Number.POSITIVE_INFINITY }]);
  }

  containerClosed(container: Container, nowMs: number): void {
    for (const list of this.#containers.values())
      for (const timed of list) if (timed.row === container) timed.untilMs = Math.min(timed.untilMs, nowMs);
  }

  containersAt(inode: number, atMs: number): readonly Container[] {
    const found: Container[] = [];
    for (const timed of this.#containers.get(inode) ?? [])
      if (lifeAt(timed, atMs, this.#limits.slackMs) !== LIFE.none) found.push(timed.row);
    return found;
  }

  /** Forgets what ended before; true when the topology changed by it. */
  prune(beforeMs: number): boolean {
    let isChanged = false;
    for (const state of [...this.#byId.values()]) {
      if (state.untilMs < beforeMs) {
        this.#byId.delete(state.id);
        const left = (this.#byInode.get(state.inode) ?? []).filter((other) => other !== state);
        if (left.length === 0) this.#byInode.delete(state.inode);
        else this.#byInode.set(state.inode, left);
        isChanged = true;
      } else if (state.tables.prune(beforeMs)) isChanged = true;
      for (const [nsid, list] of state.numbers) {
        const kept = list.filter((timed) => timed.untilMs >= beforeMs);
        if (kept.length === 0) state.numbers.delete(nsid);
        else if (kept.length !== list.length) state.numbers.set(nsid, kept);
      }
    }
    for (const [inode, list] of this.#containers) {
      const kept = list.filter((timed) => timed.untilMs >= beforeMs);
      if (kept.length === 0) this.#containers.delete(inode);
      else if (kept.length !== list.length) this.#containers.set(inode, kept);
    }
    return isChanged;
  }

  /** No earlier than the end of the inode's last namespace, and than the first container in it. */
  #bornMs(inode: number, before: readonly NamespaceState[]): number {
    const freedMs = before.at(-1)?.untilMs ?? Number.NEGATIVE_INFINITY;
    const living = (this.#containers.get(inode) ?? []).filter((timed) => timed.untilMs === Number.POSITIVE_INFINITY);
    const firstMs = Math.min(...living.map((timed) => timed.sinceMs));
    return Math.max(freedMs, Number.isFinite(firstMs) ? firstMs - this.#limits.slackMs : Number.NEGATIVE_INFINITY);
  }
}

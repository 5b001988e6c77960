import type { Endpoints, NamespaceRef, NatEntry } from '../../model/network.ts';
import type { Timed } from '../domains/timed.ts';
import { isSame, reversed } from './endpoints.ts';
import { HashIndex, hashEndpoints } from './hash-index.ts';

/** A packet after the namespace's NAT, and by which entry. */
export interface Translated {
  readonly packet: Endpoints;
  readonly entry: NatEntry;
}

interface Known extends Timed<NatEntry> {
  readonly namespaceId: number;
}

/**
 * Translations of all namespaces, living and ended: those of short flows are gone from the kernel before
 * their flow is looked at. Found by what the first packet carried, and by what the answer carries.
 */
export class Translations {
  readonly #index = new HashIndex<Known>();
  readonly #living = new Map<number, Set<Known>>();
  /** Ended ones, the oldest first. */
  readonly #ended = new Set<Known>();
  readonly #limits: { readonly maxTranslations: number; readonly slackMs: number };
  size = 0;

  constructor(limits: { readonly maxTranslations: number; readonly slackMs: number }) {
    this.#limits = limits;
  }

  /** False: there is no room, and no ended one to give way. */
  add(ns: NamespaceRef, entry: NatEntry, sinceMs: number): boolean {
    if (this.#find(ns.id, entry) !== undefined) return true;
    if (this.size >= this.#limits.maxTranslations) {
      const [oldest] = this.#ended;
      if (oldest === undefined) return false;
      this.#forget(oldest);
    }
    const known: Known = { row: entry, sinceMs, untilMs: Number.POSITIVE_INFINITY, namespaceId: ns.id };
    for (const hash of hashesOf(known)) this.#index.add(hash, known);
    let living = this.#living.get(ns.id);
    if (living === undefined) {
      living = new Set();
      this.#living.set(ns.id, living);
    }
    living.add(known);
    this.size++;
    return true;
  }

  end(ns: NamespaceRef, entry: NatEntry, nowMs: number): void {
    const known = this.#find(ns.id, entry);
    if (known !== undefined) this.#end(known, nowMs);
  }

  /** A dump: those it does not have ended without our being told. Returns how many had no room. */
  replace(ns: NamespaceRef, entries: readonly NatEntry[], sinceMs: number, nowMs: number): number {
    const gone = new Set(this.#living.get(ns.id));
    for (const entry of entries) {
      const known = this.#find(ns.id, entry);
      if (known !== undefined) gone.delete(known);
    }
    for (const known of gone) this.#end(known, nowMs);
    return entries.filter((entry) => !this.add(ns, entry, sinceMs)).length;
  }

  close(ns: NamespaceRef, nowMs: number): void {
    for (const known of [...(this.#living.get(ns.id) ?? [])]) this.#end(known, nowMs);
    this.#living.delete(ns.id);
  }

  /**
   * What becomes of a connection's packet in a namespace. The entry was made by the connection's first
   * packet and is told a little later; its end is told late too, so one that ended before never fits.
   */
  find(ns: NamespaceRef, transport: 'tcp' | 'udp', packet: Endpoints, atMs: number): Translated[] {
    const found: Translated[] = [];
    for (const known of this.#index.get(hashEndpoints(ns.id, transport, packet))) {
      const entry = known.row;
      if (known.namespaceId !== ns.id || entry.transport !== transport) continue;
      if (known.untilMs < atMs || known.sinceMs > atMs + this.#limits.slackMs) continue;
      if (isSame(entry.original, packet)) found.push({ packet: reversed(entry.reply), entry });
      else if (isSame(entry.reply, packet)) found.push({ packet: reversed(entry.original), entry });
    }
    return found;
  }

  prune(beforeMs: number): void {
    for (const known of this.#ended) {
      if (known.untilMs >= beforeMs) return;
      this.#forget(known);
    }
  }

  #find(namespaceId: number, entry: NatEntry): Known | undefined {
    for (const known of this.#index.get(hashEndpoints(namespaceId, entry.transport, entry.original))) {
      if (known.namespaceId !== namespaceId || known.untilMs !== Number.POSITIVE_INFINITY) continue;
      if (known.row.transport !== entry.transport || known.row.zone !== entry.zone) continue;
      if (isSame(known.row.original, entry.original) && isSame(known.row.reply, entry.reply)) return known;
    }
    return undefined;
  }

  #end(known: Known, nowMs: number): void {
    known.untilMs = nowMs;
    this.#living.get(known.namespaceId)?.delete(known);
    this.#ended.add(known);
  }

  #forget(known: Known): void {
    this.#ended.delete(known);
    for (const hash of hashesOf(known)) this.#index.remove(hash, known);
    this.size--;
  }
}

function hashesOf(known: Known): ReadonlySet<number> {
  const { transport, original, reply } = known.row;
  return new Set([
    hashEndpoints(known.namespaceId, transport, original),
    hashEndpoints(known.namespaceId, transport, reply),
  ]);
}

import type { Slot } from '../model/ids.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Entry } from './entry.ts';

const KNOWN_AFTER_END_MS = 300_000;
const MAX_ENDED = 4_096;

/** Which container a slot belongs to; ended ones stay known for late names, bounded in time and number. */
export class ContainerRegistry {
  private readonly bySlot = new Map<Slot, Entry>();
  private readonly byKey = new Map<string, Entry>();
  private readonly ended = new Set<Entry>();
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  add(entry: Entry): void {
    this.bySlot.set(entry.container.slot, entry);
    this.byKey.set(entry.container.key, entry);
  }

  at(slot: Slot): Entry | undefined {
    return this.bySlot.get(slot);
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  alive(): readonly Entry[] {
    return [...this.byKey.values()];
  }

  /** Alive and ended ones. */
  *all(): Iterable<Entry> {
    yield* this.byKey.values();
    yield* this.ended;
  }

  /** The cgroup is gone; its slot still leads here until `forgetSlot`. */
  end(entry: Entry): void {
    this.byKey.delete(entry.container.key);
    this.ended.add(entry);
    if (this.ended.size <= MAX_ENDED) return;
    const [oldest] = this.ended;
    if (oldest !== undefined) this.ended.delete(oldest);
    this.ledger.count('identify', 'shed', 'ended-containers');
  }

  /** Before its slot may belong to another. */
  forgetSlot(entry: Entry): void {
    if (this.bySlot.get(entry.container.slot) === entry) this.bySlot.delete(entry.container.slot);
  }

  purge(nowMs: number): void {
    for (const entry of this.ended) {
      if (nowMs - (entry.container.endedMs ?? nowMs) <= KNOWN_AFTER_END_MS) break;
      this.ended.delete(entry);
    }
  }
}

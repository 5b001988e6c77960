import type { Timed } from './timed.ts';

/**
 * Rows of one table with their lives: every version of a row stays until it is pruned, so that a
 * connection of some seconds ago is judged by the tables of then.
 */
export class RowStore<R> {
  readonly #keyOf: (row: R) => string | number;
  readonly #versions = new Map<string | number, Timed<R>[]>();
  size = 0;

  readonly #isSame: (a: R, b: R) => boolean;

  /** `isSame`: one that differs in nothing that matters takes the other's place and its life. */
  constructor(
    keyOf: (row: R) => string | number,
    isSame: (a: R, b: R) => boolean = (a, b) => JSON.stringify(a) === JSON.stringify(b),
  ) {
    this.#keyOf = keyOf;
    this.#isSame = isSame;
  }

  /** False when nothing changed. */
  put(row: R, sinceMs: number, nowMs: number): boolean {
    const key = this.#keyOf(row);
    const versions = this.#versions.get(key);
    const last = versions?.at(-1);
    if (last !== undefined && last.untilMs === Number.POSITIVE_INFINITY) {
      if (this.#isSame(last.row, row)) {
        last.row = row;
        return false;
      }
      last.untilMs = nowMs;
    }
    const timed = { row, sinceMs, untilMs: Number.POSITIVE_INFINITY };
    if (versions === undefined) this.#versions.set(key, [timed]);
    else versions.push(timed);
    this.size++;
    return true;
  }

  remove(row: R, nowMs: number): boolean {
    const last = this.#versions.get(this.#keyOf(row))?.at(-1);
    if (last === undefined || last.untilMs !== Number.POSITIVE_INFINITY) return false;
    last.untilMs = nowMs;
    return true;
  }

  /** What is not among `rows` has ended, some time since the tables were last complete. */
  replace(rows: readonly R[], sinceMs: number, nowMs: number): void {
    const keys = new Set(rows.map(this.#keyOf));
    for (const [key, versions] of this.#versions) {
      const last = versions.at(-1);
      if (!keys.has(key) && last !== undefined && last.untilMs > nowMs) last.untilMs = nowMs;
    }
    for (const row of rows) this.put(row, sinceMs, nowMs);
  }

  get(key: string | number): readonly Timed<R>[] {
    return this.#versions.get(key) ?? NONE;
  }

  *all(): Generator<Timed<R>> {
    for (const versions of this.#versions.values()) yield* versions;
  }

  /** Forgets what ended before; true when something was. */
  prune(beforeMs: number): boolean {
    const sizeBefore = this.size;
    for (const [key, versions] of this.#versions) {
      if ((versions[0]?.untilMs ?? 0) >= beforeMs) continue;
      const kept = versions.filter((timed) => timed.untilMs >= beforeMs);
      this.size -= versions.length - kept.length;
      if (kept.length === 0) this.#versions.delete(key);
      else this.#versions.set(key, kept);
    }
    return this.size !== sizeBefore;
  }
}

const NONE: readonly never[] = [];

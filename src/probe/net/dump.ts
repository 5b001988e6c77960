import type { NatEntry, NetworkTables, TableChange } from '../../model/network.ts';

/** Rows of one dump until its end. Bounded: what is beyond is counted by the caller. */
export class TableDump {
  readonly #tables = {
    links: [],
    addresses: [],
    routes: [],
    rules: [],
    neighbours: [],
    forwarding: [],
  } as { -readonly [T in keyof NetworkTables]: NetworkTables[T][number][] };
  readonly #limit: number;
  #count = 0;
  dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(change: TableChange): void {
    if (change.isRemoved) return;
    if (this.#count >= this.#limit) {
      this.dropped++;
      return;
    }
    this.#count++;
    (this.#tables[change.table] as TableChange['row'][]).push(change.row);
  }

  get tables(): NetworkTables {
    return this.#tables;
  }
}

export class NatDump {
  readonly entries: NatEntry[] = [];
  readonly #limit: number;
  dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: NatEntry): void {
    if (this.entries.length >= this.#limit) this.dropped++;
    else this.entries.push(entry);
  }
}

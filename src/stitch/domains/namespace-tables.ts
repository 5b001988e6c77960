import type {
  ForwardingEntry,
  InterfaceAddress,
  Link,
  Neighbour,
  NetworkTables,
  TableChange,
  TableName,
} from '../../model/network.ts';
import { RouteTables } from '../routes/route-tables.ts';
import { RowStore } from './row-store.ts';
import type { Timed } from './timed.ts';

/** Tables of one namespace with the lives of their rows. */
export class NamespaceTables {
  readonly links = new RowStore<Link>((link) => link.index, isSamePlace);
  readonly addresses = new RowStore<InterfaceAddress>((row) => `${row.linkIndex} ${row.address}/${row.prefixLength}`);
  readonly neighbours = new RowStore<Neighbour>((row) => neighbourKey(row.linkIndex, row.address));
  readonly forwarding = new RowStore<ForwardingEntry>((row) => forwardingKey(row.linkIndex, row.mac));
  readonly routes = new RouteTables();
  #children: Timed<Link>[] | undefined;
  /** When the tables were last known to be complete. */
  syncedMs: number;
  readonly #limit: number;

  constructor(limit: number, sinceMs: number) {
    this.#limit = limit;
    this.syncedMs = sinceMs;
  }

  get isFull(): boolean {
    const { links, addresses, neighbours, forwarding, routes } = this;
    return links.size + addresses.size + neighbours.size + forwarding.size + routes.size >= this.#limit;
  }

  /** Links that stand on another link: macvlan and its like. */
  children(): readonly Timed<Link>[] {
    this.#children ??= [...this.links.all()].filter((timed) => CHILD_KINDS.has(timed.row.kind ?? ''));
    return this.#children;
  }

  /** All tables at once: new rows may be as old as the last time we looked. */
  replace(tables: NetworkTables, nowMs: number): void {
    this.#children = undefined;
    for (const table of ['links', 'addresses', 'neighbours', 'forwarding'] as const)
      this.#replace(table, tables, nowMs);
    this.routes.replace(tables.routes, tables.rules, this.syncedMs, nowMs);
    this.syncedMs = nowMs;
  }

  /** Which kind of knowledge changed; undefined: none. */
  change(change: TableChange, nowMs: number): TableName | undefined {
    if (change.table === 'links') this.#children = undefined;
    return this.#apply(change, nowMs) ? change.table : undefined;
  }

  prune(beforeMs: number): boolean {
    let isChanged = false;
    this.#children = undefined;
    for (const store of [this.links, this.addresses, this.neighbours, this.forwarding])
      isChanged = store.prune(beforeMs) || isChanged;
    this.routes.prune(beforeMs);
    return isChanged;
  }

  #apply(change: TableChange, nowMs: number): boolean {
    switch (change.table) {
      case 'links':
        return applyTo(this.links, change, nowMs);
      case 'addresses':
        return applyTo(this.addresses, change, nowMs);
      case 'neighbours':
        return applyTo(this.neighbours, change, nowMs);
      case 'forwarding':
        return applyTo(this.forwarding, change, nowMs);
      case 'routes':
        return this.routes.applyRoute(change.row, change.isRemoved, nowMs);
      case 'rules':
        return this.routes.applyRule(change.row, change.isRemoved, nowMs);
    }
  }

  #replace<T extends 'links' | 'addresses' | 'neighbours' | 'forwarding'>(
    table: T,
    tables: NetworkTables,
    nowMs: number,
  ): void {
    const store = this[table] as unknown as RowStore<NetworkTables[T][number]>;
    store.replace(tables[table] as readonly NetworkTables[T][number][], this.syncedMs, nowMs);
  }
}

/** A new name or MAC does not move a link. */
function isSamePlace(a: Link, b: Link): boolean {
  return (
    a.kind === b.kind && a.masterIndex === b.masterIndex && a.peerIndex === b.peerIndex && a.peerNsid === b.peerNsid
  );
}

/** They stand on a parent link, perhaps of another namespace. */
export const CHILD_KINDS: ReadonlySet<string> = new Set(['macvlan', 'macvtap', 'ipvlan']);

export const neighbourKey = (linkIndex: number, address: string): string => `${linkIndex} ${address}`;
export const forwardingKey = (linkIndex: number, mac: string): string => `${linkIndex} ${mac}`;

function applyTo<R>(
  store: RowStore<R>,
  change: { readonly isRemoved: boolean; readonly row: R },
  nowMs: number,
): boolean {
  return change.isRemoved ? store.remove(change.row, nowMs) : store.put(change.row, nowMs, nowMs);
}

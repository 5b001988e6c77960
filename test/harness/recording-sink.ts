import type { NamespaceRef, NamespaceSink, NatEntry, NetworkTables, TableName } from '../../src/model/network.ts';

/** What was told about one namespace, put together the plain way. */
export interface Recorded {
  readonly ref: NamespaceRef;
  readonly rows: Record<TableName, Map<string, unknown>>;
  readonly nat: Map<string, NatEntry>;
  readonly endedNat: NatEntry[];
  readonly numbers: Map<number, number>;
  dumps: number;
  natDumps: number;
  isClosed: boolean;
}

/** Keeps everything, keyed by the whole row where that is its identity. */
export function recordNamespaces(): { readonly sink: NamespaceSink; readonly byInode: Map<number, Recorded> } {
  const byInode = new Map<number, Recorded>();
  const of = (ref: NamespaceRef): Recorded => {
    const known = byInode.get(ref.inode);
    if (known?.ref.id === ref.id) return known;
    const made: Recorded = {
      ref,
      rows: emptyRows(),
      nat: new Map(),
      endedNat: [],
      numbers: new Map(),
      dumps: 0,
      natDumps: 0,
      isClosed: false,
    };
    byInode.set(ref.inode, made);
    return made;
  };
  const sink: NamespaceSink = {
    opened: (ref) => void of(ref),
    tables(ref, tables) {
      const recorded = of(ref);
      recorded.dumps++;
      Object.assign(recorded.rows, emptyRows());
      for (const [table, rows] of Object.entries(tables) as [TableName, NetworkTables[TableName]][])
        for (const row of rows) recorded.rows[table].set(keyOf(table, row), row);
    },
    changed(ref, { table, isRemoved, row }) {
      const rows = of(ref).rows[table];
      if (isRemoved) rows.delete(keyOf(table, row));
      else rows.set(keyOf(table, row), row);
    },
    numbered: (ref, nsid, other) => void of(ref).numbers.set(nsid, other.inode),
    natDumped(ref, entries) {
      const recorded = of(ref);
      recorded.natDumps++;
      recorded.nat.clear();
      for (const entry of entries) recorded.nat.set(JSON.stringify(entry.original), entry);
    },
    natChanged(ref, entry, isEnded) {
      const recorded = of(ref);
      if (isEnded) {
        recorded.nat.delete(JSON.stringify(entry.original));
        recorded.endedNat.push(entry);
      } else recorded.nat.set(JSON.stringify(entry.original), entry);
    },
    closed(ref) {
      of(ref).isClosed = true;
    },
  };
  return { sink, byInode };
}

function emptyRows(): Record<TableName, Map<string, unknown>> {
  return {
    links: new Map(),
    addresses: new Map(),
    routes: new Map(),
    rules: new Map(),
    neighbours: new Map(),
    forwarding: new Map(),
  };
}

function keyOf(table: TableName, row: NetworkTables[TableName][number]): string {
  return table === 'links' && 'index' in row ? String(row.index) : JSON.stringify(row);
}

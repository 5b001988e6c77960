import type { NamespaceSink, TableName } from '../model/network.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Namespaces } from './domains/namespaces.ts';
import type { Segments } from './domains/segments.ts';
import type { Translations } from './nat/translations.ts';

/** Takes what is told about namespaces into the tables of the stage. */
export function createNamespaceIntake(
  tables: { readonly namespaces: Namespaces; readonly segments: Segments; readonly translations: Translations },
  ledger: Ledger,
  nowMs: () => number,
): NamespaceSink {
  const { namespaces, segments, translations } = tables;
  return {
    opened(ref) {
      if (namespaces.open(ref) === undefined) ledger.count('stitch', 'dropped', 'namespaces');
      segments.forget();
    },
    tables(ref, all) {
      namespaces.get(ref)?.tables.replace(all, nowMs());
      segments.forget();
    },
    changed(ref, change) {
      const state = namespaces.get(ref);
      if (state === undefined) return;
      if (!change.isRemoved && state.tables.isFull) {
        ledger.count('stitch', 'dropped', 'table-rows');
        return;
      }
      const changed = state.tables.change(change, nowMs());
      if (changed !== undefined && SEGMENT_TABLES.has(changed)) segments.forget();
    },
    numbered(ref, nsid, otherRef) {
      const state = namespaces.get(ref);
      const other = namespaces.get(otherRef);
      if (state === undefined || other === undefined) return;
      namespaces.number(state, nsid, other, nowMs());
      segments.forget();
    },
    natDumped(ref, entries) {
      const state = namespaces.get(ref);
      if (state === undefined) return;
      const refused = translations.replace(ref, entries, state.natSyncedMs, nowMs());
      state.natSyncedMs = nowMs();
      if (refused > 0) ledger.count('stitch', 'dropped', 'translations', refused);
    },
    natChanged(ref, entry, isEnded) {
      if (namespaces.get(ref) === undefined) return;
      if (isEnded) translations.end(ref, entry, nowMs());
      else if (!translations.add(ref, entry, nowMs())) ledger.count('stitch', 'dropped', 'translations');
    },
    closed(ref) {
      namespaces.close(ref, nowMs());
      translations.close(ref, nowMs());
      segments.forget();
    },
  };
}

/** Routes and neighbours are asked at the walk; the others make the segments. */
const SEGMENT_TABLES: ReadonlySet<TableName> = new Set(['links', 'addresses']);

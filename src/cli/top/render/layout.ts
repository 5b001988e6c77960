import type { Align, Keep } from './text.ts';
import type { Tone } from './theme.ts';

export type Cell = readonly [text: string, tone: Tone];

/** A column of any of the tables. */
export interface GridColumn {
  readonly title: string;
  /** Least width; `grow` is how much wider it may become when there is space. */
  readonly width: number;
  readonly grow: number;
  readonly align: Align;
  readonly keep: Keep;
  /** The sort that orders by this column. */
  readonly sort: string | undefined;
  /** Columns with the highest rank go first on narrow terminals; 0 stays. */
  readonly rank: number;
}

export interface PlacedColumn<C extends GridColumn> {
  readonly column: C;
  readonly width: number;
}

export interface Layout<C extends GridColumn> {
  readonly columns: readonly PlacedColumn<C>[];
  readonly gap: number;
}

/** Width of the mark before a row. */
export const INDENT = 2;
const GAP_LIMIT = 3;
/** Share of the line that names may take before columns of lesser rank get any of it. */
const NAME_SHARE_RATIO = 0.2;

/**
 * Which columns fit and how wide they are. The most important come first, the sorted one counts as
 * important; what is left goes to names and images (as far as their texts need it), then to the gaps.
 * `naturalWidth` is undefined for a column that has nothing to show.
 */
export function layoutColumns<C extends GridColumn>(
  columns: readonly C[],
  width: number,
  sort: string,
  naturalWidth: (column: C) => number | undefined,
): Layout<C> {
  const rankOf = (column: C) => (column.sort === sort ? Math.min(column.rank, 0.5) : column.rank);
  const candidates = columns.filter((column) => naturalWidth(column) !== undefined);
  const byRank = candidates.toSorted((a, b) => rankOf(a) - rankOf(b));
  const widths = new Map(candidates.map((column) => [column, column.width]));
  for (const column of candidates) {
    if (column.rank > 0) continue;
    const wanted = Math.min(naturalWidth(column) ?? 0, Math.floor(width * NAME_SHARE_RATIO));
    widths.set(column, Math.max(column.width, wanted));
  }
  const widthOf = (column: C) => widths.get(column) ?? column.width;
  const chosen = new Set<C>();
  let used = INDENT;
  for (const column of byRank) {
    const needed = widthOf(column) + (chosen.size > 0 ? 1 : 0);
    // The first that does not fit ends it: a less important one must not take its place.
    if (chosen.size > 0 && used + needed > width) break;
    chosen.add(column);
    used += needed;
  }
  const shown = columns.filter((column) => chosen.has(column));
  let spare = Math.max(0, width - used);
  for (const column of shown) {
    const wanted = Math.min(column.width + column.grow, naturalWidth(column) ?? 0) - widthOf(column);
    const extra = Math.max(0, Math.min(spare, wanted));
    widths.set(column, widthOf(column) + extra);
    spare -= extra;
  }
  const gap = 1 + Math.min(GAP_LIMIT - 1, Math.floor(spare / Math.max(1, shown.length - 1)));
  return { columns: shown.map((column) => ({ column, width: widthOf(column) })), gap };
}

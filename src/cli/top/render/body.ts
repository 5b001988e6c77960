import type { ContainerFrame } from '../../../model/frame.ts';
import type { ViewState } from '../state.ts';
import type { ViewModel } from '../view-model.ts';
import { detailLines } from './details.ts';
import { layoutTable, tableHeader, tableRow } from './table.ts';
import type { Theme } from './theme.ts';

/** The list of a page: a header, and for each key a row with its details when they are open. */
export interface Body {
  readonly header: string;
  readonly keys: readonly string[];
  readonly emptyText: string;
  heightOf(index: number): number;
  blockOf(index: number): readonly string[];
}

export function containerBody(
  rows: readonly ContainerFrame[],
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): Body {
  const layout = layoutTable(rows, model, state, width, theme);
  const details = (row: ContainerFrame): readonly string[] =>
    state.expanded.has(row.container.key) ? detailLines(row, model.status?.syscalls !== 'off', width, theme) : [];
  return {
    header: tableHeader(layout, state, width, theme),
    keys: rows.map((row) => row.container.key),
    emptyText: emptyText(model, state),
    heightOf(index) {
      const row = rows[index];
      return row ? 1 + details(row).length : 0;
    },
    blockOf(index) {
      const row = rows[index];
      return row ? [tableRow(row, layout, model, state, width, theme), ...details(row)] : [];
    },
  };
}

function emptyText(model: ViewModel, state: ViewState): string {
  if (!model.frame) return model.outage === undefined ? 'waiting for the first second' : '';
  return state.filter
    ? 'no container matches the filter'
    : 'no containers; they appear here within two seconds of their start';
}

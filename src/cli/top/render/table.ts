import type { ContainerFrame } from '../../../model/frame.ts';
import type { ViewState } from '../state.ts';
import type { ViewModel } from '../view-model.ts';
import { type CellContext, COLUMNS, type Column, TREND_COLUMN } from './columns.ts';
import { gridHeader, gridRow } from './grid.ts';
import { type Layout, layoutColumns } from './layout.ts';
import { printable } from './line.ts';
import { widthOf } from './text.ts';
import type { Theme } from './theme.ts';

/** Most characters of a name or image that can widen its column. */
const MEASURED_LIMIT = 64;

export function layoutTable(
  rows: readonly ContainerFrame[],
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): Layout<Column> {
  const context = cellContext(model, undefined, theme);
  const natural = (column: Column): number | undefined => {
    if (column === TREND_COLUMN && model.cpuTrend.size === 0) return undefined;
    if (column.grow === 0) return column.width;
    const widths = rows.map((row) => widthOf(printable(column.cell(row, context)[0].slice(0, MEASURED_LIMIT), theme)));
    return widths.reduce((widest, each) => Math.max(widest, each), column.title.length);
  };
  const widthByColumn = new Map(COLUMNS.map((column) => [column, natural(column)]));
  return layoutColumns(COLUMNS, width, state.sort, (column) => widthByColumn.get(column));
}

export function tableHeader(layout: Layout<Column>, state: ViewState, width: number, theme: Theme): string {
  const isDescending = state.isReversed === (state.sort === 'name');
  return gridHeader(layout, { sort: state.sort, isDescending }, width, theme);
}

export function tableRow(
  row: ContainerFrame,
  layout: Layout<Column>,
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): string {
  const { key } = row.container;
  const context = cellContext(model, key, theme);
  const marks = { isSelected: key === state.selectedKey, isOpen: state.expanded.has(key) };
  return gridRow(layout, (column) => column.cell(row, context), marks, width, theme);
}

function cellContext(model: ViewModel, key: string | undefined, theme: Theme): CellContext {
  return {
    timeMs: model.frame?.timeMs ?? 0,
    trend: (key === undefined ? undefined : model.cpuTrend.get(key)) ?? [],
    isUnicode: theme.isUnicode,
    none: theme.glyphs.none,
  };
}

import type { ContainerFrame } from '../../../model/frame.ts';
import type { ViewState } from '../state.ts';
import type { ViewModel } from '../view-model.ts';
import { type CellContext, COLUMNS, type Column, TREND_COLUMN } from './columns.ts';
import { INDENT, type Layout, layoutColumns } from './layout.ts';
import { createLine, printable } from './line.ts';
import { fitText, widthOf } from './text.ts';
import type { Theme, Tone } from './theme.ts';

/** Most characters of a name or image that can widen its column. */
const MEASURED_LIMIT = 64;

export function layoutTable(
  rows: readonly ContainerFrame[],
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): Layout {
  const context = cellContext(model, undefined, theme);
  const natural = (column: Column): number | undefined => {
    if (column === TREND_COLUMN && model.cpuTrend.size === 0) return undefined;
    if (column.grow === 0) return column.width;
    const widths = rows.map((row) => widthOf(printable(column.cell(row, context)[0].slice(0, MEASURED_LIMIT), theme)));
    return widths.reduce((widest, each) => Math.max(widest, each), column.title.length);
  };
  const widthByColumn = new Map(COLUMNS.map((column) => [column, natural(column)]));
  return layoutColumns(width, state.sort, (column) => widthByColumn.get(column));
}

export function tableHeader(layout: Layout, state: ViewState, width: number, theme: Theme): string {
  const line = createLine(width, theme).add(' '.repeat(INDENT));
  const { glyphs } = theme;
  const mark = state.isReversed === (state.sort === 'name') ? glyphs.descending : glyphs.ascending;
  let isMarked = false;
  layout.columns.forEach(({ column, width: columnWidth }, index) => {
    const isSorted = column.sort === state.sort;
    const title = isSorted && !isMarked ? withMark(column, mark) : column.title;
    isMarked ||= isSorted;
    // The mark may stand in the gap, so that the title keeps its place above the numbers.
    const gap = index === 0 ? 0 : layout.gap;
    const text =
      column.align === 'right'
        ? fitText(title, columnWidth + gap, 'right', '')
        : ' '.repeat(gap) + fitText(title, columnWidth, 'left', '');
    line.add(text, isSorted ? 'accent' : 'dim');
  });
  return line.toString();
}

function withMark(column: Column, mark: string): string {
  return column.align === 'right' ? mark + column.title : column.title + mark;
}

export function tableRow(
  row: ContainerFrame,
  layout: Layout,
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): string {
  const { glyphs } = theme;
  const { key } = row.container;
  const isSelected = key === state.selectedKey;
  const line = createLine(width, theme);
  const openMark = state.expanded.has(key) ? glyphs.expanded : ' ';
  line.add(isSelected ? glyphs.selected : openMark, 'accent').padTo(INDENT);
  const context = cellContext(model, key, theme);
  layout.columns.forEach(({ column, width: columnWidth }, index) => {
    if (index > 0) line.add(' '.repeat(layout.gap));
    const [text, tone] = column.cell(row, context);
    const fitted = fitText(printable(text, theme), columnWidth, column.align, glyphs.ellipsis, column.keep);
    line.add(fitted, isSelected ? selectedTone(tone, column) : tone);
  });
  return line.toString();
}

function selectedTone(tone: Tone, column: Column): Tone {
  if (column.sort === 'name') return 'accent';
  return tone === 'plain' ? 'bold' : tone;
}

function cellContext(model: ViewModel, key: string | undefined, theme: Theme): CellContext {
  return {
    timeMs: model.frame?.timeMs ?? 0,
    trend: (key === undefined ? undefined : model.cpuTrend.get(key)) ?? [],
    isUnicode: theme.isUnicode,
    none: theme.glyphs.none,
  };
}

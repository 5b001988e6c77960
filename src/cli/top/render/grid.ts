import { type Cell, type GridColumn, INDENT, type Layout } from './layout.ts';
import { createLine, printable } from './line.ts';
import { fitText } from './text.ts';
import type { Theme, Tone } from './theme.ts';

export interface SortMark {
  readonly sort: string;
  readonly isDescending: boolean;
}

/** Titles; the sorted one is marked. */
export function gridHeader<C extends GridColumn>(
  layout: Layout<C>,
  { sort, isDescending }: SortMark,
  width: number,
  theme: Theme,
): string {
  const line = createLine(width, theme).add(' '.repeat(INDENT));
  const { glyphs } = theme;
  const mark = isDescending ? glyphs.descending : glyphs.ascending;
  let isMarked = false;
  layout.columns.forEach(({ column, width: columnWidth }, index) => {
    const isSorted = column.sort === sort;
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

function withMark(column: GridColumn, mark: string): string {
  return column.align === 'right' ? mark + column.title : column.title + mark;
}

export function gridRow<C extends GridColumn>(
  layout: Layout<C>,
  cellOf: (column: C) => Cell,
  { isSelected, isOpen }: { readonly isSelected: boolean; readonly isOpen: boolean },
  width: number,
  theme: Theme,
): string {
  const { glyphs } = theme;
  const line = createLine(width, theme);
  line.add(isSelected ? glyphs.selected : isOpen ? glyphs.expanded : ' ', 'accent').padTo(INDENT);
  layout.columns.forEach(({ column, width: columnWidth }, index) => {
    if (index > 0) line.add(' '.repeat(layout.gap));
    const [text, tone] = cellOf(column);
    const fitted = fitText(printable(text, theme), columnWidth, column.align, glyphs.ellipsis, column.keep);
    line.add(fitted, isSelected ? selectedTone(tone, index === 0) : tone);
  });
  return line.toString();
}

function selectedTone(tone: Tone, isName: boolean): Tone {
  if (isName) return 'accent';
  return tone === 'plain' ? 'bold' : tone;
}

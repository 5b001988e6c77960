import type { ContainerFrame } from '../../../model/frame.ts';
import { filterRows, sortRows } from '../row.ts';
import type { ViewState } from '../state.ts';
import type { Size, ViewModel } from '../view-model.ts';
import { detailLines } from './details.ts';
import { footerLine } from './footer.ts';
import { hostLine, selfLine, titleLine, totalsLine } from './header.ts';
import { helpLines } from './help.ts';
import { createLine } from './line.ts';
import { layoutTable, tableHeader, tableRow } from './table.ts';
import type { Theme } from './theme.ts';

export interface Screen {
  /** At most as many as the terminal has rows, none wider than it. */
  readonly lines: readonly string[];
  /** First shown line of the list, to be given back for the next picture. */
  readonly topLine: number;
}

/** Containers in the order they are shown. */
export function orderedRows(model: ViewModel, state: ViewState): readonly ContainerFrame[] {
  return sortRows(filterRows(model.frame?.containers ?? [], state.filter), state.sort, state.isReversed);
}

/** Frame, choices and size in; lines out. Knows nothing of the terminal. */
export function renderScreen(
  model: ViewModel,
  state: ViewState,
  rows: readonly ContainerFrame[],
  size: Size,
  theme: Theme,
  previousTopLine: number,
): Screen {
  const { columns: width } = size;
  const head = headLines(model, state, rows, size, theme);
  const hasFooter = size.rows >= 7 || state.isEditingFilter;
  const height = Math.max(1, size.rows - head.length - (hasFooter ? 1 : 0));
  if (state.isHelpOpen) return compose(head, helpLines(width, theme).slice(0, height), height, hasFooter, 0, 0);

  const layout = layoutTable(rows, model, state, width, theme);
  const starts = lineStarts(rows, model, state, width, theme);
  const total = starts.at(-1) ?? 0;
  const bodyHeight = Math.max(0, height - 1);
  const topLine = scroll(rows, starts, state, bodyHeight, previousTopLine);
  const body = [tableHeader(layout, state, width, theme)];
  rows.forEach((row, index) => {
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? 0;
    if (end <= topLine || start >= topLine + bodyHeight) return;
    const block = [tableRow(row, layout, model, state, width, theme), ...details(row, model, state, width, theme)];
    body.push(...block.slice(Math.max(0, topLine - start), Math.max(0, topLine + bodyHeight - start)));
  });
  if (rows.length === 0) body.push(createLine(width, theme).padTo(2).add(emptyText(model, state), 'dim').toString());
  const hiddenCount = rows.filter((_, index) => (starts[index] ?? 0) >= topLine + bodyHeight).length;
  return compose(head, body, height, hasFooter, hiddenCount, total > 0 ? topLine : 0);

  function compose(
    top: string[],
    middle: string[],
    room: number,
    withFooter: boolean,
    hidden: number,
    line: number,
  ): Screen {
    const filled = [...middle.slice(0, room)];
    while (filled.length < room) filled.push('');
    const footer = withFooter ? [footerLine(state, hidden, width, theme)] : [];
    return { lines: [...top, ...filled, ...footer].slice(0, size.rows), topLine: line };
  }
}

/** The lower the terminal, the fewer lines the header has. */
function headLines(
  model: ViewModel,
  state: ViewState,
  rows: readonly ContainerFrame[],
  size: Size,
  theme: Theme,
): string[] {
  const width = size.columns;
  const lines: string[] = [];
  if (size.rows >= 6) lines.push(titleLine(model, state.isPaused, width, theme));
  if (size.rows >= 10) lines.push(hostLine(model, width, theme));
  if (size.rows >= 12 && model.frame) lines.push(totalsLine(model.frame, rows.length, width, theme));
  if (size.rows >= 8) lines.push(selfLine(model, width, theme));
  if (size.rows >= 16) lines.push('');
  return lines;
}

function details(row: ContainerFrame, model: ViewModel, state: ViewState, width: number, theme: Theme): string[] {
  return state.expanded.has(row.container.key) ? detailLines(row, model.status?.syscalls !== 'off', width, theme) : [];
}

/** Line at which each row begins, and at the end their number. */
function lineStarts(
  rows: readonly ContainerFrame[],
  model: ViewModel,
  state: ViewState,
  width: number,
  theme: Theme,
): number[] {
  const starts = [0];
  for (const row of rows) starts.push((starts.at(-1) ?? 0) + 1 + details(row, model, state, width, theme).length);
  return starts;
}

/** Moves the view as little as needed to show the chosen row with its details, the row itself first. */
function scroll(
  rows: readonly ContainerFrame[],
  starts: readonly number[],
  state: ViewState,
  height: number,
  previousTopLine: number,
): number {
  const total = starts.at(-1) ?? 0;
  const selected = rows.findIndex((row) => row.container.key === state.selectedKey);
  let top = selected < 0 ? 0 : previousTopLine;
  if (selected >= 0) {
    const start = starts[selected] ?? 0;
    const end = starts[selected + 1] ?? start + 1;
    if (end > top + height) top = end - height;
    if (start < top) top = start;
  }
  return Math.max(0, Math.min(top, total - height));
}

function emptyText(model: ViewModel, state: ViewState): string {
  if (!model.frame) return model.outage === undefined ? 'waiting for the first second' : '';
  return state.filter
    ? 'no container matches the filter'
    : 'no containers; they appear here within two seconds of their start';
}

import type { ContainerFrame } from '../../../model/frame.ts';
import { filterRows, sortRows } from '../row.ts';
import type { ViewState } from '../state.ts';
import type { Size, ViewModel } from '../view-model.ts';
import { type Body, containerBody } from './body.ts';
import { flowBody, flowTotals, orderedFlowKeys } from './flow-body.ts';
import { footerLine } from './footer.ts';
import { hostLine, selfLine, titleLine, totalsLine } from './header.ts';
import { helpLines } from './help.ts';
import { createLine } from './line.ts';
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

/** Keys of the rows of the page, in the order they are shown. */
export function orderedKeys(model: ViewModel, state: ViewState): readonly string[] {
  if (state.page === 'flows') return orderedFlowKeys(model, state);
  return orderedRows(model, state).map((row) => row.container.key);
}

/** Frame, choices and size in; lines out. Knows nothing of the terminal. */
export function renderScreen(
  model: ViewModel,
  state: ViewState,
  size: Size,
  theme: Theme,
  previousTopLine: number,
): Screen {
  const { columns: width } = size;
  const rows = state.page === 'flows' ? [] : orderedRows(model, state);
  const head = headLines(model, state, rows.length, size, theme);
  const hasFooter = size.rows >= 7 || state.isEditingFilter;
  const height = Math.max(1, size.rows - head.length - (hasFooter ? 1 : 0));
  if (state.isHelpOpen) return compose(helpLines(state.page, width, theme).slice(0, height), 0, 0);

  const list: Body =
    state.page === 'flows' ? flowBody(model, state, width, theme) : containerBody(rows, model, state, width, theme);
  const starts = [0];
  for (let index = 0; index < list.keys.length; index++) starts.push((starts.at(-1) ?? 0) + list.heightOf(index));
  const total = starts.at(-1) ?? 0;
  const bodyHeight = Math.max(0, height - 1);
  const topLine = scroll(list.keys, starts, state, bodyHeight, previousTopLine);
  const body = [list.header];
  for (let index = 0; index < list.keys.length; index++) {
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? 0;
    if (end <= topLine || start >= topLine + bodyHeight) continue;
    body.push(...list.blockOf(index).slice(Math.max(0, topLine - start), Math.max(0, topLine + bodyHeight - start)));
  }
  if (list.keys.length === 0) body.push(createLine(width, theme).padTo(2).add(list.emptyText, 'dim').toString());
  const hiddenCount = list.keys.filter((_, index) => (starts[index] ?? 0) >= topLine + bodyHeight).length;
  return compose(body, hiddenCount, total > 0 ? topLine : 0);

  function compose(middle: string[], hidden: number, line: number): Screen {
    const filled = middle.slice(0, height);
    while (filled.length < height) filled.push('');
    const footer = hasFooter ? [footerLine(state, hidden, width, theme)] : [];
    return { lines: [...head, ...filled, ...footer].slice(0, size.rows), topLine: line };
  }
}

/** The lower the terminal, the fewer lines the header has. */
function headLines(model: ViewModel, state: ViewState, shownCount: number, size: Size, theme: Theme): string[] {
  const width = size.columns;
  const lines: string[] = [];
  if (size.rows >= 6) lines.push(titleLine(model, state.isPaused, width, theme));
  if (size.rows >= 10) lines.push(hostLine(model, width, theme));
  if (size.rows >= 12 && model.frame) {
    lines.push(
      state.page === 'flows'
        ? flowTotals(model, state, width, theme)
        : totalsLine(model.frame, shownCount, width, theme),
    );
  }
  if (size.rows >= 8) lines.push(selfLine(model, width, theme));
  if (size.rows >= 16) lines.push('');
  return lines;
}

/** Moves the view as little as needed to show the chosen row with its details, the row itself first. */
function scroll(
  keys: readonly string[],
  starts: readonly number[],
  state: ViewState,
  height: number,
  previousTopLine: number,
): number {
  const total = starts.at(-1) ?? 0;
  const selected = state.selectedKey === undefined ? -1 : keys.indexOf(state.selectedKey);
  let top = selected < 0 ? 0 : previousTopLine;
  if (selected >= 0) {
    const start = starts[selected] ?? 0;
    const end = starts[selected + 1] ?? start + 1;
    if (end > top + height) top = end - height;
    if (start < top) top = start;
  }
  return Math.max(0, Math.min(top, total - height));
}

import { type FlowLine, filterFlows, keyOf, sortFlows } from '../../flows/flow-line.ts';
import { flowDetails, flowHeader, flowRow, layoutFlows } from '../../flows/flow-table.ts';
import { flowSummary } from '../../flows/print.ts';
import type { ViewState } from '../state.ts';
import type { ViewModel } from '../view-model.ts';
import type { Body } from './body.ts';
import type { Theme } from './theme.ts';

function orderedFlows({ flows }: ViewModel, state: ViewState): readonly FlowLine[] {
  return sortFlows(filterFlows(flows?.lines ?? [], state.filter), state.flowSort, state.isReversed);
}

export const orderedFlowKeys = (model: ViewModel, state: ViewState): readonly string[] =>
  orderedFlows(model, state).map(keyOf);

export function flowBody(model: ViewModel, state: ViewState, width: number, theme: Theme): Body {
  const lines = orderedFlows(model, state);
  const order = { sort: state.flowSort, isReversed: state.isReversed };
  const layout = layoutFlows(lines, state.flowSort, width, theme);
  const keys = lines.map(keyOf);
  const details = (line: FlowLine): readonly string[] =>
    state.expanded.has(keyOf(line)) ? flowDetails(line, width, theme) : [];
  return {
    header: flowHeader(layout, order, width, theme),
    keys,
    emptyText: emptyText(model, state),
    heightOf(index) {
      const line = lines[index];
      return line ? 1 + details(line).length : 0;
    },
    blockOf(index) {
      const line = lines[index];
      if (!line) return [];
      const key = keyOf(line);
      const marks = { isSelected: key === state.selectedKey, isOpen: state.expanded.has(key) };
      return [flowRow(line, layout, marks, width, theme), ...details(line)];
    },
  };
}

/** The header's line on this page: all flows together. */
export function flowTotals({ flows }: ViewModel, state: ViewState, width: number, theme: Theme): string {
  if (!flows) return '';
  const shownCount = filterFlows(flows.lines, state.filter).length;
  return flowSummary(flows.lines, shownCount, flows, width, theme);
}

function emptyText({ flows, outage }: ViewModel, state: ViewState): string {
  if (!flows) return outage === undefined ? 'asking for flows' : '';
  return state.filter
    ? 'no flow matches the filter'
    : 'no flows; one appears here within six seconds of its first byte, when its other end was looked for';
}

import type { FlowView } from '../../model/flow-view.ts';
import { formatBytes, formatCount } from '../format.ts';
import { joinSegments, type Segment } from '../top/render/line.ts';
import type { Theme, Tone } from '../top/render/theme.ts';
import { type FlowLine, isUnresolved, sortFlows } from './flow-line.ts';
import { flowHeader, flowRow, layoutFlows } from './flow-table.ts';

/** Width of the table where no terminal sets one: every column, names whole. */
const UNBOUNDED_COLUMNS = 260;

/** All flows as a table: most bytes first. */
export function flowText(
  lines: readonly FlowLine[],
  view: Pick<FlowView, 'hiddenRows' | 'lostConnections'>,
  columns: number | undefined,
  theme: Theme,
): string {
  const width = columns || UNBOUNDED_COLUMNS;
  const order = { sort: 'bytes', isReversed: false } as const;
  const sorted = sortFlows(lines, order.sort, order.isReversed);
  const layout = layoutFlows(sorted, order.sort, width, theme);
  const marks = { isSelected: false, isOpen: false };
  const text = [
    flowSummary(lines, lines.length, view, width, theme),
    ...(sorted.length > 0 ? [flowHeader(layout, order, width, theme)] : []),
    ...sorted.map((line) => flowRow(line, layout, marks, width, theme)),
  ];
  return `${text.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** A row a line, each with the time of its view; rates where two views were seen. */
export function flowJsonLines(lines: readonly FlowLine[], { timeMs }: Pick<FlowView, 'timeMs'>): string {
  return sortFlows(lines, 'bytes', false)
    .map(({ row, ...rates }) => `${JSON.stringify({ timeMs, ...row, ...rates })}\n`)
    .join('');
}

/** All flows together; what is not known or lost first after their number. */
export function flowSummary(
  lines: readonly FlowLine[],
  shownCount: number,
  { hiddenRows, lostConnections }: Pick<FlowView, 'hiddenRows' | 'lostConnections'>,
  width: number,
  theme: Theme,
): string {
  const all = lines.length + hiddenRows;
  const sum = (value: (line: FlowLine) => number) => lines.reduce((total, line) => total + value(line), 0);
  const part = (rank: number, value: string, unit: string, tone: Tone = 'plain'): Segment => ({
    rank,
    parts: [
      [value, tone],
      [` ${unit}`, 'dim'],
    ],
  });
  const unresolved = lines.filter(isUnresolved).length;
  const failed = sum(({ row }) => row.failedConnections);
  const active = sum(({ row }) => row.activeConnections);
  return joinSegments(
    [
      part(0, shownCount === all ? String(all) : `${shownCount} of ${all}`, all === 1 ? 'flow' : 'flows', 'bold'),
      ...(lostConnections > 0 ? [part(1, formatCount(lostConnections), 'connections lost', 'bad')] : []),
      ...(unresolved > 0 ? [part(2, formatCount(unresolved), 'unresolved', 'warn')] : []),
      ...(failed > 0 ? [part(3, formatCount(failed), 'failed', 'bad')] : []),
      part(4, formatCount(active), active === 1 ? 'open connection' : 'open connections'),
      part(5, formatBytes(sum(({ row }) => row.transmittedBytes)), 'sent'),
      part(5, formatBytes(sum(({ row }) => row.receivedBytes)), 'received'),
    ],
    width,
    theme,
  );
}

import { formatCount } from '../format.ts';
import { gridHeader, gridRow } from '../top/render/grid.ts';
import { type Layout, layoutColumns } from '../top/render/layout.ts';
import { joinSegments, printable, type Segment } from '../top/render/line.ts';
import { widthOf } from '../top/render/text.ts';
import type { Theme, Tone } from '../top/render/theme.ts';
import { FLOW_COLUMNS, type FlowColumn } from './flow-columns.ts';
import { endpointText, type FlowLine, type FlowSort, isNameSort, serviceText } from './flow-line.ts';

/** Most characters of a text that can widen its column. */
const MEASURED_LIMIT = 64;
const DETAIL_INDENT = 4;
const CAUSES_SHOWN = 5;

export function layoutFlows(
  lines: readonly FlowLine[],
  sort: FlowSort,
  width: number,
  theme: Theme,
): Layout<FlowColumn> {
  const natural = (column: FlowColumn): number | undefined => {
    if (column.hasValue && !lines.some(column.hasValue)) return undefined;
    if (column.grow === 0) return column.width;
    const widths = lines.map((line) => widthOf(printable(column.cell(line, theme)[0].slice(0, MEASURED_LIMIT), theme)));
    return widths.reduce((widest, each) => Math.max(widest, each), column.title.length);
  };
  const widthByColumn = new Map(FLOW_COLUMNS.map((column) => [column, natural(column)]));
  return layoutColumns(FLOW_COLUMNS, width, sort, (column) => widthByColumn.get(column));
}

export function flowHeader(
  layout: Layout<FlowColumn>,
  { sort, isReversed }: { readonly sort: FlowSort; readonly isReversed: boolean },
  width: number,
  theme: Theme,
): string {
  return gridHeader(layout, { sort, isDescending: isReversed === isNameSort(sort) }, width, theme);
}

export function flowRow(
  line: FlowLine,
  layout: Layout<FlowColumn>,
  marks: { readonly isSelected: boolean; readonly isOpen: boolean },
  width: number,
  theme: Theme,
): string {
  return gridRow(layout, (column) => column.cell(line, theme), marks, width, theme);
}

/** What stands under an opened line: everything about both ends that has no column, or no room. */
export function flowDetails({ row }: FlowLine, width: number, theme: Theme): string[] {
  const { peer } = row;
  const part = (rank: number, label: string, value: string, tone: Tone = 'plain'): Segment => ({
    rank,
    parts:
      value === ''
        ? []
        : [
            [label === '' ? '' : `${label} `, 'dim'],
            [value, tone],
          ],
  });
  const failures = Object.entries(row.failures).sort((a, b) => b[1] - a[1]);
  const how = peer.confidence === 'none' ? 'unresolved' : `${peer.confidence} by ${peer.method}`;
  return [
    [
      part(2, row.role === 'client' ? 'dialled' : 'accepted at', serviceText(row)),
      part(1, 'other end', endpointText(peer.address, peer.port)),
      part(3, 'process', peer.process ?? ''),
      part(4, 'through', peer.viaAddress === undefined ? '' : endpointText(peer.viaAddress, peer.viaPort)),
      part(0, '', how, peer.confidence === 'none' ? 'warn' : 'plain'),
      part(0, 'because', peer.cause ?? '', 'warn'),
    ],
    [
      part(0, 'connections', `${formatCount(row.activeConnections)} open`),
      part(1, 'opened', formatCount(row.openedConnections)),
      part(1, 'closed', formatCount(row.closedConnections)),
      part(0, 'failed', formatCount(row.failedConnections), row.failedConnections > 0 ? 'bad' : 'plain'),
      part(
        2,
        'ended by',
        failures
          .slice(0, CAUSES_SHOWN)
          .map(([cause, n]) => `${cause} ${formatCount(n)}`)
          .join(', '),
      ),
      part(3, 'image', row.containerImage ?? ''),
    ],
  ].map((segments) => joinSegments(segments, width, theme, 3, DETAIL_INDENT));
}

import { formatBytes, formatCount, formatDuration } from '../format.ts';
import type { Cell, GridColumn } from '../top/render/layout.ts';
import type { Theme, Tone } from '../top/render/theme.ts';
import { type FlowLine, type FlowSort, isUnresolved, peerText, serviceText } from './flow-line.ts';

export interface FlowColumn extends GridColumn {
  readonly sort: FlowSort | undefined;
  cell(line: FlowLine, theme: Theme): Cell;
  /** Not shown where no line has anything to say in it. */
  hasValue?(line: FlowLine): boolean;
}

type Options = Pick<FlowColumn, 'width' | 'rank'> & Partial<Pick<FlowColumn, 'grow' | 'keep' | 'sort' | 'hasValue'>>;

const column = (title: string, align: 'left' | 'right', options: Options, cell: FlowColumn['cell']): FlowColumn => ({
  title,
  align,
  grow: 0,
  keep: 'start',
  sort: undefined,
  cell,
  ...options,
});

const quiet = (value: number, text: string, tone: Tone = 'plain'): Cell => [text, value > 0 ? tone : 'dim'];
const bytes = (value: number): Cell => quiet(value, formatBytes(value));
const rate = (value: number | undefined, { glyphs }: Theme): Cell =>
  value === undefined ? [glyphs.none, 'dim'] : bytes(value);

/** How sure the other end is; of one that is not known, why. */
function certainty(line: FlowLine): Cell {
  const { confidence, cause } = line.row.peer;
  if (confidence === 'none') return [cause ?? 'unresolved', 'warn'];
  return [confidence, confidence === 'assumed' ? 'warn' : 'dim'];
}

/** In the order they stand from left to right. */
export const FLOW_COLUMNS: readonly FlowColumn[] = [
  column('CONTAINER', 'left', { width: 11, grow: 29, rank: 0, sort: 'container' }, ({ row }) => [
    row.containerName,
    'plain',
  ]),
  column('PROCESS', 'left', { width: 8, grow: 7, rank: 8 }, ({ row }, { glyphs }) => [
    row.process ?? glyphs.none,
    row.process === undefined ? 'dim' : 'plain',
  ]),
  column('', 'left', { width: 2, rank: 1 }, ({ row }, { glyphs }) => [
    row.role === 'client' ? glyphs.outgoing : glyphs.incoming,
    'dim',
  ]),
  column('PEER', 'left', { width: 12, grow: 28, rank: 0, sort: 'peer' }, (line) => [
    peerText(line),
    isUnresolved(line) ? 'warn' : line.row.peer.kind === 'container' ? 'plain' : 'dim',
  ]),
  column(
    'ITS PROCESS',
    'left',
    { width: 11, grow: 4, rank: 14, hasValue: ({ row }) => row.peer.process !== undefined },
    ({ row }, { glyphs }) => [row.peer.process ?? glyphs.none, 'dim'],
  ),
  column('SERVICE', 'left', { width: 15, grow: 32, rank: 3 }, ({ row }) => [serviceText(row), 'dim']),
  column(
    'TX/S',
    'right',
    { width: 6, rank: 2, sort: 'rate', hasValue: (line) => line.transmittedRateBytesPerSec !== undefined },
    (line, theme) => rate(line.transmittedRateBytesPerSec, theme),
  ),
  column(
    'RX/S',
    'right',
    { width: 6, rank: 2, sort: 'rate', hasValue: (line) => line.receivedRateBytesPerSec !== undefined },
    (line, theme) => rate(line.receivedRateBytesPerSec, theme),
  ),
  column('SENT', 'right', { width: 6, rank: 7, sort: 'bytes' }, ({ row }) => bytes(row.transmittedBytes)),
  column('RECV', 'right', { width: 6, rank: 7, sort: 'bytes' }, ({ row }) => bytes(row.receivedBytes)),
  column('CONN', 'right', { width: 5, rank: 5, sort: 'active' }, ({ row }) =>
    quiet(row.activeConnections, formatCount(row.activeConnections)),
  ),
  column('OPENED', 'right', { width: 6, rank: 12 }, ({ row }) =>
    quiet(row.openedConnections, formatCount(row.openedConnections)),
  ),
  column(
    'FAIL',
    'right',
    { width: 5, rank: 3.5, sort: 'failed', hasValue: ({ row }) => row.failedConnections > 0 },
    ({ row }) => quiet(row.failedConnections, formatCount(row.failedConnections), 'bad'),
  ),
  column(
    'RTT',
    'right',
    { width: 6, rank: 9, sort: 'rtt', hasValue: ({ row }) => row.rttUs !== undefined },
    ({ row }, { glyphs, isUnicode }) =>
      row.rttUs === undefined ? [glyphs.none, 'dim'] : [formatDuration(row.rttUs, isUnicode), 'plain'],
  ),
  column(
    'RETR',
    'right',
    { width: 5, rank: 10, sort: 'retransmits', hasValue: ({ row }) => row.retransmittedSegments > 0 },
    ({ row }) => quiet(row.retransmittedSegments, formatCount(row.retransmittedSegments), 'warn'),
  ),
  column('FOUND BY', 'left', { width: 8, grow: 6, rank: 11 }, (line, { glyphs }) => [
    line.row.peer.confidence === 'none' ? glyphs.none : line.row.peer.method,
    'dim',
  ]),
  column('SURE', 'left', { width: 11, grow: 6, rank: 3.2 }, certainty),
];

import { displayName } from '../../../model/display-name.ts';
import type { ContainerFrame } from '../../../model/frame.ts';
import { formatAge, formatBytes, formatCount, formatPercent, sparkline } from '../../format.ts';
import type { Sort } from '../row.ts';
import { TREND_LENGTH } from '../trend.ts';
import type { Cell, GridColumn } from './layout.ts';
import type { Tone } from './theme.ts';

export interface CellContext {
  readonly timeMs: number;
  readonly trend: readonly number[];
  readonly isUnicode: boolean;
  readonly none: string;
}

export interface Column extends GridColumn {
  readonly sort: Sort | undefined;
  cell(row: ContainerFrame, context: CellContext): Cell;
}

const number = (title: string, width: number, rank: number, sort: Sort | undefined, cell: Column['cell']): Column => ({
  title,
  width,
  grow: 0,
  align: 'right',
  keep: 'start',
  sort,
  rank,
  cell,
});

/** Nothing happening is drawn faintly, so that what happens stands out. */
const quiet = (value: number, text: string): Cell => [text, value > 0 ? 'plain' : 'dim'];
const count = (value: number): Cell => quiet(value, formatCount(value));
const bytes = (value: number): Cell => quiet(value, formatBytes(value));

const NEAR_LIMIT_RATIO = 0.8;
const AT_LIMIT_RATIO = 0.95;

function share(ratio: number, limitRatio: number): Cell {
  const text = formatPercent(ratio);
  if (ratio >= limitRatio * AT_LIMIT_RATIO) return [text, 'bad'];
  if (ratio >= limitRatio * NEAR_LIMIT_RATIO) return [text, 'warn'];
  return [text, ratio >= 0.0005 ? 'plain' : 'dim'];
}

/** Some failing calls are ordinary (polling, looking for files); a tenth of all is worth a look. */
const MANY_ERRORS_RATIO = 0.1;

export function errorTone(errors: number, calls: number): Tone {
  if (!(errors > 0)) return 'dim';
  return errors >= 1 && errors >= calls * MANY_ERRORS_RATIO ? 'warn' : 'plain';
}

function memoryShare(row: ContainerFrame, none: string): Cell {
  if (!row.memoryLimitBytes) return [none, 'dim'];
  return share(row.memoryBytes / row.memoryLimitBytes, 1);
}

export const TREND_COLUMN: Column = {
  ...number('CPU, 30 s', TREND_LENGTH, 13, undefined, (_, { trend, isUnicode }) => [
    sparkline(trend, TREND_LENGTH, 1, isUnicode),
    'dim',
  ]),
  align: 'left',
};

/** In the order they stand from left to right. */
export const COLUMNS: readonly Column[] = [
  {
    title: 'CONTAINER',
    width: 10,
    grow: 30,
    align: 'left',
    keep: 'start',
    sort: 'name',
    rank: 0,
    cell: ({ container }) => [displayName(container), container.identity ? 'plain' : 'dim'],
  },
  {
    title: 'IMAGE',
    width: 14,
    grow: 30,
    align: 'left',
    keep: 'end',
    sort: undefined,
    rank: 12,
    cell: ({ container }, { none }) => [container.identity?.imageName ?? none, 'dim'],
  },
  {
    title: 'RUNTIME',
    width: 10,
    grow: 0,
    align: 'left',
    keep: 'start',
    sort: undefined,
    rank: 15,
    cell: ({ container }, { none }) => [container.identity?.runtime ?? none, 'dim'],
  },
  number('AGE', 4, 11, undefined, ({ container }, { timeMs }) => [formatAge(timeMs - container.startedMs), 'dim']),
  TREND_COLUMN,
  number('CPU %', 6, 0, 'cpu', (row) => share(row.cpuRatio, row.cpuLimitCpus ?? Number.POSITIVE_INFINITY)),
  number('CPUS', 5, 14, undefined, ({ cpuLimitCpus }, { none }) => [
    cpuLimitCpus === undefined ? none : cpuLimitCpus < 999 ? String(Number(cpuLimitCpus.toFixed(1))) : '>999',
    'dim',
  ]),
  number('MEM', 6, 1, 'memory', (row) => bytes(row.memoryBytes)),
  number('MEM %', 6, 8, undefined, (row, { none }) => memoryShare(row, none)),
  number('LIMIT', 6, 10, undefined, ({ memoryLimitBytes }, { none }) => [
    memoryLimitBytes ? formatBytes(memoryLimitBytes) : none,
    'dim',
  ]),
  number('CALL/S', 6, 2, 'syscalls', (row) => count(row.syscalls)),
  number('ERR/S', 6, 3, 'errors', ({ syscallErrors, syscalls }) => [
    formatCount(syscallErrors),
    errorTone(syscallErrors, syscalls),
  ]),
  number('READ/S', 6, 5, 'file', (row) => bytes(row.fileReadBytes)),
  number('WRITE/S', 7, 5, 'file', (row) => bytes(row.fileWrittenBytes)),
  number('OPEN/S', 6, 9, undefined, (row) => count(row.fileOpens)),
  number('RX/S', 6, 6, 'network', (row) => bytes(row.networkReceivedBytes)),
  number('TX/S', 6, 6, 'network', (row) => bytes(row.networkTransmittedBytes)),
  number('PROC', 5, 4, 'processes', (row) => count(row.processes)),
];

import type { FlowContainer, FlowEndpoint, FlowList, FlowRow } from '../../model/flow-row.ts';
import { MS_PER_S, US_PER_S } from '../../units.ts';
import { clean, widthOf } from '../top/render/text.ts';

const HEADER = ['CONTAINER', 'PROCESS', '', 'SERVICE', 'PEER', 'BY', 'SENT', 'RECEIVED', 'RTT', 'STATE'] as const;
/** Numbers stand right. */
const RIGHT = new Set<string>(['SENT', 'RECEIVED', 'RTT']);
const GAP = '  ';
const MAX_CELL = 40;

/** One line a flow, busiest first. Without `columns` (no terminal) lines are as long as they are. */
export function flowTable(list: FlowList, columns: number | undefined): string {
  if (list.flows.length === 0) return 'No connections.\n';
  const rows = [HEADER, ...list.flows.map(cellsOf)];
  const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  const lines = rows.map((row) => {
    const text = row.map((cell, i) => pad(cell, widths[i] ?? 0, RIGHT.has(HEADER[i] ?? ''))).join(GAP);
    return fitLine(text.trimEnd(), columns);
  });
  if (list.total > list.flows.length) lines.push(`… and ${list.total - list.flows.length} more`);
  return `${lines.join('\n')}\n`;
}

function cellsOf(flow: FlowRow): readonly string[] {
  const { peer } = flow;
  const isClient = flow.role === 'client';
  return [
    nameOf(flow.container, 'host'),
    cut(flow.process ?? '?'),
    isClient ? '→' : '←',
    `${flow.transport} ${endpoint(isClient ? flow.remote : flow.local)}`,
    peerName(flow),
    peer.confidence === 'none' ? (peer.cause ?? 'unknown') : `${peer.method}, ${peer.confidence}`,
    bytes(flow.transmittedBytes),
    bytes(flow.receivedBytes),
    flow.rttUs === null ? '' : duration(flow.rttUs),
    flow.failure ??
      (flow.closedMs === null
        ? 'open'
        : `closed after ${duration((flow.closedMs - flow.openedMs) * (US_PER_S / MS_PER_S))}`),
  ];
}

function peerName({ peer }: FlowRow): string {
  const process = peer.process === null ? '' : ` (${cut(peer.process)})`;
  if (peer.container) return nameOf(peer.container, '') + process;
  return `${peer.kind}${peer.kind === 'unknown' ? '' : ` ${endpoint(peer.endpoint)}`}${process}`;
}

const nameOf = (container: FlowContainer | null, otherwise: string): string =>
  container === null ? otherwise : cut(container.name ?? container.key);

const endpoint = ({ address, port }: FlowEndpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Names come from containers: nothing in them may reach the terminal as a command. */
function cut(text: string): string {
  const safe = clean(text);
  return safe.length > MAX_CELL ? `${safe.slice(0, MAX_CELL - 1)}…` : safe;
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function duration(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < US_PER_S) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / US_PER_S).toFixed(1)} s`;
}

function pad(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isRight ? space + text : text + space;
}

function fitLine(line: string, columns: number | undefined): string {
  return columns === undefined || widthOf(line) <= columns ? line : `${[...line].slice(0, columns - 1).join('')}…`;
}

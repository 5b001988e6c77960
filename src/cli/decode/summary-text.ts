import type { CaptureSummary } from '../../decode/capture/summary.ts';
import { formatBytes } from '../format.ts';
import { createLine } from '../top/render/line.ts';
import type { Theme, Tone } from '../top/render/theme.ts';

const UNKNOWN_SHOWN = 20;

/** What was seen in all, what was missed and why, what nobody understood. */
export function summaryText(summary: CaptureSummary, columns: number, theme: Theme): string {
  const { packetCount, connectionCount, exchangeCount, otherPacketCount, lostFragmentCount } = summary;
  const lines: string[] = [];
  const add = (text: string, tone: Tone = 'plain'): void => {
    lines.push(createLine(columns, theme).add(text, tone).toString());
  };
  add(
    `${plural(packetCount, 'packet')}, ${plural(connectionCount, 'connection')}, ${plural(exchangeCount, 'exchange')}`,
    'bold',
  );
  if (otherPacketCount > 0) add(`${plural(otherPacketCount, 'packet')} without TCP or UDP, or broken`, 'dim');
  if (lostFragmentCount > 0) add(`${plural(lostFragmentCount, 'fragmented packet')} not whole`, 'warn');
  for (const { protocol, reason, count } of summary.missed) add(`missed: ${protocol}: ${reason} (${count})`, 'warn');
  const { unknown } = summary;
  for (const { transport, serverPort, connectionCount: count, sizeBytes } of unknown.slice(0, UNKNOWN_SHOWN))
    add(
      `not understood: ${transport} port ${serverPort}: ${plural(count, 'connection')}, ${formatBytes(sizeBytes)}`,
      'dim',
    );
  const rest = Math.max(0, unknown.length - UNKNOWN_SHOWN);
  if (rest > 0) add(`not understood: ${plural(rest, 'further port')}`, 'dim');
  if (summary.unlistedCount > 0)
    add(`not understood: ${plural(summary.unlistedCount, 'connection')} not listed`, 'dim');
  return `${lines.join('\n')}\n`;
}

const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

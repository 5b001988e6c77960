import type { CaptureSummary } from '../../decode/capture/summary.ts';
import type { Exchange } from '../../model/exchange.ts';
import { isoTime } from './time.ts';

/** One line an exchange; what is absent is left out. */
export function exchangeJson(exchange: Exchange, baseS: number): string {
  const { startNs, endNs, ...facts } = exchange;
  return `${JSON.stringify({
    kind: 'exchange',
    start: isoTime(baseS, startNs),
    end: isoTime(baseS, endNs),
    durationNs: endNs - startNs,
    ...facts,
    isComplete: exchange.missed === undefined,
  })}\n`;
}

/** The last line: what the capture held besides. */
export function summaryJson(summary: CaptureSummary): string {
  const { packetCount, otherPacketCount, lostFragmentCount, connectionCount, exchangeCount, unlistedCount } = summary;
  return `${JSON.stringify({
    kind: 'summary',
    packetCount,
    otherPacketCount,
    lostFragmentCount,
    connectionCount,
    exchangeCount,
    missed: summary.missed,
    unknown: summary.unknown,
    unlistedCount,
  })}\n`;
}

import type { FlowRow, FlowView } from '../../model/flow-view.ts';
import { MS_PER_S } from '../../units.ts';
import type { FlowLine } from './flow-line.ts';

/** Rates are over this many views: counts move once a second, not in step with who looks. */
const VIEWS_KEPT = 4;

/** Turns views as they come into lines with rates. */
export interface FlowRates {
  push(view: FlowView): FlowLine[];
}

interface Seen {
  readonly timeMs: number;
  readonly rows: ReadonlyMap<number, FlowRow>;
}

export function createFlowRates(): FlowRates {
  let seen: Seen[] = [];
  let sinceMs: number | undefined;
  return {
    push(view) {
      // Another run of the agent counts from zero, under the same ids.
      if (view.sinceMs !== sinceMs) seen = [];
      sinceMs = view.sinceMs;
      const lines = view.rows.map((row) => lineOf(row, view.timeMs, seen));
      seen = [...seen, { timeMs: view.timeMs, rows: new Map(view.rows.map((row) => [row.id, row])) }].slice(
        -VIEWS_KEPT,
      );
      return lines;
    },
  };
}

function lineOf(row: FlowRow, timeMs: number, seen: readonly Seen[]): FlowLine {
  const [oldest] = seen;
  if (!oldest) return { row, transmittedRateBytesPerSec: undefined, receivedRateBytesPerSec: undefined };
  const first = seen.find(({ rows }) => rows.has(row.id));
  const before = first?.rows.get(row.id);
  // A row that is new moved everything since the last view without it.
  const sinceMs = first === undefined ? (seen.at(-1) ?? oldest).timeMs : first.timeMs;
  const elapsedS = Math.max(0.001, (timeMs - sinceMs) / MS_PER_S);
  const rate = (now: number, then: number | undefined) => Math.max(0, now - (then ?? 0)) / elapsedS;
  return {
    row,
    transmittedRateBytesPerSec: rate(row.transmittedBytes, before?.transmittedBytes),
    receivedRateBytesPerSec: rate(row.receivedBytes, before?.receivedBytes),
  };
}

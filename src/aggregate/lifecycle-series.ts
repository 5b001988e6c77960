import { constants } from 'node:os';
import {
  ATTR_PROCESS_EXECUTABLE_NAME,
  ATTR_PROCESS_EXIT_CODE,
  METRIC_SONDE_OOM_KILLS,
  METRIC_SONDE_PROCESS_EXECS,
  METRIC_SONDE_PROCESS_EXITS,
  METRIC_SONDE_PROCESS_STARTS,
  type MetricSpec,
} from '../generated/signals.ts';
import type { KernelFact, ProcessExited } from '../model/facts.ts';
import type { SlotCells } from '../model/snapshot.ts';
import { add, raise, type SeriesSet } from './series-set.ts';

/** Exit codes with a meaning of their own; the rest is `other`, so that the label stays bounded. */
const EXIT_CODES = new Set([0, 1, 2, 3, 125, 126, 127, 255]);
const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, value]) => [value, name]));

export function exitCodeClass(fact: Pick<ProcessExited, 'exitCode' | 'signal'>): string {
  if (fact.signal !== undefined) return `signal:${SIGNAL_NAMES.get(fact.signal) ?? fact.signal}`;
  return fact.exitCode !== undefined && EXIT_CODES.has(fact.exitCode) ? String(fact.exitCode) : 'other';
}

/**
 * Process starts, execs and exits by executable, from ring records; OOM kills from the kernel's totals.
 * What the kernel could not put into the ring it counted per slot: that goes to the overflow series.
 */
export class LifecycleSeries {
  private readonly set: SeriesSet;
  private readonly startMs: number;
  private readonly lost = { starts: 0, execs: 0, exits: 0 };

  constructor(set: SeriesSet, startMs: number) {
    this.set = set;
    this.startMs = startMs;
  }

  push(fact: KernelFact): void {
    if (fact.kind === 'process-started') this.count(METRIC_SONDE_PROCESS_STARTS, fact.name, undefined);
    else if (fact.kind === 'process-execed') this.count(METRIC_SONDE_PROCESS_EXECS, fact.name, undefined);
    else if (fact.kind === 'process-exited') this.count(METRIC_SONDE_PROCESS_EXITS, fact.name, exitCodeClass(fact));
  }

  book(cells: SlotCells): void {
    if (cells.oomKills > 0) {
      raise(
        this.set.get(METRIC_SONDE_OOM_KILLS, '', this.startMs, () => ({})),
        cells.oomKills,
      );
    }
    this.lost.starts = this.addLost(METRIC_SONDE_PROCESS_STARTS, cells.lostStarts, this.lost.starts);
    this.lost.execs = this.addLost(METRIC_SONDE_PROCESS_EXECS, cells.lostExecs, this.lost.execs);
    this.lost.exits = this.addLost(METRIC_SONDE_PROCESS_EXITS, cells.lostExits, this.lost.exits);
  }

  /** Added, not set: the overflow series also takes names over the bound. */
  private addLost(metric: MetricSpec, total: number, booked: number): number {
    if (total <= booked) return booked;
    add(this.set.overflow(metric, this.startMs), total - booked);
    return total;
  }

  private count(metric: MetricSpec, name: string, exitCode: string | undefined): void {
    const key = exitCode === undefined ? name : `${name}|${exitCode}`;
    const series = this.set.get(metric, key, this.startMs, () =>
      exitCode === undefined
        ? { [ATTR_PROCESS_EXECUTABLE_NAME]: name }
        : { [ATTR_PROCESS_EXECUTABLE_NAME]: name, [ATTR_PROCESS_EXIT_CODE]: exitCode },
    );
    add(series, 1);
  }
}

import {
  ATTR_CPU_MODE,
  ATTR_DISK_IO_DIRECTION,
  ATTR_PROCESS_EXECUTABLE_NAME,
  ATTR_PROCESS_PID,
  METRIC_PROCESS_CPU_TIME,
  METRIC_PROCESS_DISK_IO,
  METRIC_PROCESS_MEMORY_USAGE,
  METRIC_PROCESS_MEMORY_VIRTUAL,
  METRIC_PROCESS_THREAD_COUNT,
  METRIC_PROCESS_UNIX_FILE_DESCRIPTOR_COUNT,
  type MetricSpec,
} from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { ProcessSample } from '../model/snapshot.ts';
import { add, raise, type SeriesSet } from './series-set.ts';

const TOP_PROCESSES = 20;

interface CounterRow {
  readonly metric: MetricSpec;
  readonly part: string;
  readonly attributes: Attributes;
  readonly read: (p: ProcessSample) => number | undefined;
}
const COUNTERS: readonly CounterRow[] = [
  { metric: METRIC_PROCESS_CPU_TIME, part: 'user', attributes: { [ATTR_CPU_MODE]: 'user' }, read: (p) => p.cpuUserS },
  {
    metric: METRIC_PROCESS_CPU_TIME,
    part: 'system',
    attributes: { [ATTR_CPU_MODE]: 'system' },
    read: (p) => p.cpuSystemS,
  },
  {
    metric: METRIC_PROCESS_DISK_IO,
    part: 'read',
    attributes: { [ATTR_DISK_IO_DIRECTION]: 'read' },
    read: (p) => p.readBytes,
  },
  {
    metric: METRIC_PROCESS_DISK_IO,
    part: 'write',
    attributes: { [ATTR_DISK_IO_DIRECTION]: 'write' },
    read: (p) => p.writtenBytes,
  },
];
const LEVELS: readonly [MetricSpec, (p: ProcessSample) => number | undefined][] = [
  [METRIC_PROCESS_MEMORY_USAGE, (p) => p.rssBytes],
  [METRIC_PROCESS_MEMORY_VIRTUAL, (p) => p.virtualBytes],
  [METRIC_PROCESS_THREAD_COUNT, (p) => p.threads],
  [METRIC_PROCESS_UNIX_FILE_DESCRIPTOR_COUNT, (p) => p.openFiles],
];

interface Known {
  readonly sample: ProcessSample;
  readonly isTop: boolean;
}

/**
 * The 20 busiest processes as series of their own; the rest summed in one overflow point per metric.
 * A process is pid and start time: a reused pid is another process.
 */
export class ProcessSeries {
  private readonly set: SeriesSet;
  private readonly startMs: number;
  private known = new Map<string, Known>();

  constructor(set: SeriesSet, startMs: number) {
    this.set = set;
    this.startMs = startMs;
  }

  book(samples: readonly ProcessSample[]): void {
    const busy = samples
      .map((sample) => ({ sample, busyS: this.busySinceLast(sample) }))
      .sort((a, b) => b.busyS - a.busyS || b.sample.rssBytes - a.sample.rssBytes);
    const seen = new Map<string, Known>();
    for (const [i, { sample }] of busy.entries()) seen.set(processKey(sample), { sample, isTop: i < TOP_PROCESSES });
    // Those that left make room first: the bound holds at every moment.
    for (const [key, { isTop }] of this.known) {
      if (isTop && seen.get(key)?.isTop !== true) this.endProcess(key);
    }
    const rest: ProcessSample[] = [];
    for (const [key, { sample, isTop }] of seen) {
      if (isTop) this.bookTop(key, sample);
      else rest.push(sample);
    }
    for (const sample of rest) this.addRest(sample, this.known.get(processKey(sample)));
    this.setRestLevels(rest);
    this.known = seen;
  }

  private busySinceLast(sample: ProcessSample): number {
    const before = this.known.get(processKey(sample))?.sample;
    return sample.cpuUserS + sample.cpuSystemS - (before ? before.cpuUserS + before.cpuSystemS : 0);
  }

  private bookTop(key: string, sample: ProcessSample): void {
    const own = { [ATTR_PROCESS_PID]: sample.pid, [ATTR_PROCESS_EXECUTABLE_NAME]: sample.name };
    for (const { metric, part, attributes, read } of COUNTERS) {
      const value = read(sample);
      if (value === undefined) continue;
      raise(
        this.set.get(metric, `${key}|${part}`, sample.startedMs, () => ({ ...own, ...attributes })),
        value,
      );
    }
    for (const [metric, read] of LEVELS) {
      const value = read(sample);
      if (value !== undefined) this.set.get(metric, key, sample.startedMs, () => own).value = value;
    }
  }

  /** Only what happened while it was not in the top goes to the overflow point, so nothing counts twice. */
  private addRest(sample: ProcessSample, before: Known | undefined): void {
    for (const { metric, read } of COUNTERS) {
      const value = read(sample);
      if (value === undefined) continue;
      const since = before ? (read(before.sample) ?? 0) : 0;
      if (value > since) add(this.set.overflow(metric, this.startMs), value - since);
    }
  }

  private setRestLevels(rest: readonly ProcessSample[]): void {
    for (const [metric, read] of LEVELS) {
      if (rest.length === 0) this.set.end(metric, 'overflow');
      else this.set.overflow(metric, this.startMs).value = rest.reduce((sum, p) => sum + (read(p) ?? 0), 0);
    }
  }

  private endProcess(key: string): void {
    for (const { metric, part } of COUNTERS) this.set.end(metric, `${key}|${part}`);
    for (const [metric] of LEVELS) this.set.end(metric, key);
  }
}

const processKey = (sample: ProcessSample): string => `${sample.pid}@${sample.startedMs}`;

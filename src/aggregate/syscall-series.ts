import { constants } from 'node:os';
import {
  ATTR_ERROR_TYPE,
  ATTR_SONDE_SYSCALL_CLASS,
  METRIC_SONDE_SYSCALL_CALLS,
  METRIC_SONDE_SYSCALL_DURATION,
} from '../generated/signals.ts';
import type { Series } from '../model/series.ts';
import type { ClassDurations, SlotCells } from '../model/snapshot.ts';
import { raise, type SeriesSet } from './series-set.ts';

/** Kernel-internal codes seen at sys_exit when a signal interrupts a call (include/linux/errno.h). */
const KERNEL_ERRNO_NAMES: readonly [number, string][] = [
  [512, 'ERESTARTSYS'],
  [513, 'ERESTARTNOINTR'],
  [514, 'ERESTARTNOHAND'],
  [516, 'ERESTART_RESTARTBLOCK'],
  [517, 'EPROBE_DEFER'],
  [524, 'ENOTSUPP'],
  [529, 'EIOCBQUEUED'],
];
const ERRNO_NAMES = new Map<number, string>([
  ...Object.entries(constants.errno).map(([name, value]): [number, string] => [value, name]),
  ...KERNEL_ERRNO_NAMES,
  [constants.errno.EAGAIN, 'EAGAIN'],
  [constants.errno.EOPNOTSUPP, 'EOPNOTSUPP'],
]);

export const errnoName = (errno: number): string => ERRNO_NAMES.get(errno) ?? `E${errno}`;

/** Books one slot's cells into `sonde.syscall.*`. Keeps the series by index: no key is built while nothing is new. */
export class SyscallSeries {
  private readonly set: SeriesSet;
  private readonly classNames: readonly string[];
  private readonly startMs: number;
  private readonly succeeded: (Series | undefined)[] = [];
  private readonly failed = new Map<number, Series>();
  private readonly otherErrors: (Series | undefined)[] = [];

  constructor(set: SeriesSet, classNames: readonly string[], startMs: number) {
    this.set = set;
    this.classNames = classNames;
    this.startMs = startMs;
  }

  book(cells: SlotCells): void {
    const named = this.bookErrnos(cells);
    for (let i = 0; i < this.classNames.length; i++) {
      const calls = cells.calls[i] ?? 0;
      if (calls === 0) continue;
      const errors = cells.errors[i] ?? 0;
      if (calls > errors) raise(this.success(i), calls - errors);
      const unnamed = errors - (named[i] ?? 0);
      if (unnamed > 0) raise(this.other(i), unnamed);
    }
    for (const durations of cells.durations) this.bookDurations(durations);
  }

  private bookErrnos(cells: SlotCells): number[] {
    const named: number[] = [];
    for (const { classIndex, errno, count } of cells.errnos) {
      named[classIndex] = (named[classIndex] ?? 0) + count;
      const key = classIndex * 4096 + errno;
      let series = this.failed.get(key);
      if (!series) {
        series = this.make(classIndex, errnoName(errno));
        this.failed.set(key, series);
      }
      raise(series, count);
    }
    return named;
  }

  private bookDurations(durations: ClassDurations): void {
    const name = this.className(durations.classIndex);
    const series = this.set.get(METRIC_SONDE_SYSCALL_DURATION, name, this.startMs, () => ({
      [ATTR_SONDE_SYSCALL_CLASS]: name,
    }));
    series.value = {
      kind: 'exponential',
      scale: 0,
      count: durations.count,
      sum: durations.sumS,
      zeroCount: 0,
      offset: durations.offset,
      buckets: [...durations.buckets],
    };
  }

  private success(index: number): Series {
    let series = this.succeeded[index];
    if (!series) {
      const name = this.className(index);
      series = this.set.get(METRIC_SONDE_SYSCALL_CALLS, name, this.startMs, () => ({
        [ATTR_SONDE_SYSCALL_CLASS]: name,
      }));
      this.succeeded[index] = series;
    }
    return series;
  }

  private other(index: number): Series {
    const series = this.otherErrors[index] ?? this.make(index, '_OTHER');
    this.otherErrors[index] = series;
    return series;
  }

  private make(index: number, errorType: string): Series {
    const name = this.className(index);
    return this.set.get(METRIC_SONDE_SYSCALL_CALLS, `${name}|${errorType}`, this.startMs, () => ({
      [ATTR_SONDE_SYSCALL_CLASS]: name,
      [ATTR_ERROR_TYPE]: errorType,
    }));
  }

  private className(index: number): string {
    return this.classNames[index] ?? 'other';
  }
}

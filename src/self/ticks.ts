import type { Clock } from '../model/clock.ts';
import { MS_PER_S } from '../units.ts';

export interface Periodic {
  readonly periodMs: number;
  readonly run: (nowMs: number) => void;
}

export interface Ticks {
  /** How late the last run of the first task was. */
  lagS(): number;
  stop(): void;
}

/**
 * Runs each task once a period, in order, on one timer. Periods are kept on the monotonic clock: a late
 * run is not made up for by two in a row, and a stepped wall clock changes nothing.
 */
export function startTicks(clock: Clock, tasks: readonly Periodic[]): Ticks {
  const startMs = clock.monotonicMs();
  const due = tasks.map(({ periodMs }) => startMs + periodMs);
  let lagMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const arm = (): void => {
    timer = setTimeout(fire, Math.max(0, Math.min(...due) - clock.monotonicMs()));
  };

  const fire = (): void => {
    for (const [i, task] of tasks.entries()) {
      const lateMs = clock.monotonicMs() - (due[i] ?? 0);
      if (lateMs < 0) continue;
      if (i === 0) lagMs = lateMs;
      const missed = Math.floor(lateMs / task.periodMs);
      due[i] = (due[i] ?? 0) + (missed + 1) * task.periodMs;
      task.run(clock.wallMs());
    }
    arm();
  };

  arm();
  return {
    lagS: () => lagMs / MS_PER_S,
    stop: () => clearTimeout(timer),
  };
}

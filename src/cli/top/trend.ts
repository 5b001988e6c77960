import type { Frame } from '../../model/frame.ts';

/** CPU of each container over the last seconds; forgets containers that are gone. */
export interface CpuTrend {
  push(frame: Frame): void;
  readonly values: ReadonlyMap<string, readonly number[]>;
}

export const TREND_LENGTH = 30;

export function createCpuTrend(): CpuTrend {
  let values = new Map<string, readonly number[]>();
  return {
    push(frame) {
      const next = new Map<string, readonly number[]>();
      for (const { container, cpuRatio } of frame.containers) {
        next.set(container.key, [...(values.get(container.key) ?? []).slice(1 - TREND_LENGTH), cpuRatio]);
      }
      values = next;
    },
    get values() {
      return values;
    },
  };
}

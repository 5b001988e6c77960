import type { HostSample } from '../../model/snapshot.ts';

const IDLE_MODES = new Set(['idle', 'iowait', 'steal']);

/** Share of CPU time not idle between two samples; undefined where counters do not say. */
export function hostCpuRatio(before: HostSample | undefined, after: HostSample | undefined): number | undefined {
  if (!before || !after) return undefined;
  const earlier = cpuTime(before);
  const later = cpuTime(after);
  const totalS = later.totalS - earlier.totalS;
  if (!(totalS > 0)) return undefined;
  return Math.min(1, Math.max(0, (later.busyS - earlier.busyS) / totalS));
}

function cpuTime(sample: HostSample): { readonly busyS: number; readonly totalS: number } {
  let busyS = 0;
  let totalS = 0;
  for (const { mode, s } of sample.cpu) {
    totalS += s;
    if (!IDLE_MODES.has(mode)) busyS += s;
  }
  return { busyS, totalS };
}

/** Memory neither free nor given back on demand. */
export function hostMemoryUsedBytes(sample: HostSample): number | undefined {
  return sample.memory.find(({ state }) => state === 'used')?.bytes;
}

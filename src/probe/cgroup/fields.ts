import type { DiskIo, Pressure } from '../../model/snapshot.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What was last read of one cgroup; a file that is gone leaves its fields as they were. */
export interface CgroupFields {
  cpuUserS: number | undefined;
  cpuSystemS: number | undefined;
  cpuThrottledS: number | undefined;
  cpuThrottledPeriods: number | undefined;
  cpuPeriods: number | undefined;
  cpuQuotaUs: number | undefined;
  cpuLimitCpus: number | undefined;
  memoryUsageBytes: number | undefined;
  memoryRssBytes: number | undefined;
  memoryInactiveFileBytes: number | undefined;
  memoryLimitBytes: number | undefined;
  memoryPageFaults: number | undefined;
  memoryMajorPageFaults: number | undefined;
  disk: readonly DiskIo[];
  pressure: Mutable<Pressure> | undefined;
  pids: number | undefined;
  /** cgroup v1 only: precise total and the tick-counted parts it is split by. */
  cpuUsageNs: number | undefined;
  cpuUserTicks: number | undefined;
  cpuSystemTicks: number | undefined;
}

export function emptyFields(): CgroupFields {
  return {
    cpuUserS: undefined,
    cpuSystemS: undefined,
    cpuThrottledS: undefined,
    cpuThrottledPeriods: undefined,
    cpuPeriods: undefined,
    cpuQuotaUs: undefined,
    cpuLimitCpus: undefined,
    memoryUsageBytes: undefined,
    memoryRssBytes: undefined,
    memoryInactiveFileBytes: undefined,
    memoryLimitBytes: undefined,
    memoryPageFaults: undefined,
    memoryMajorPageFaults: undefined,
    disk: [],
    pressure: undefined,
    pids: undefined,
    cpuUsageNs: undefined,
    cpuUserTicks: undefined,
    cpuSystemTicks: undefined,
  };
}

export function emptyPressure(): Mutable<Pressure> {
  return {
    cpuSomeS: undefined,
    cpuFullS: undefined,
    memorySomeS: undefined,
    memoryFullS: undefined,
    ioSomeS: undefined,
    ioFullS: undefined,
  };
}

/** One file of a cgroup and what its text says. */
export interface FileSpec {
  readonly path: string;
  /** Limits change rarely: they are read with every full sample, not with every busy one. */
  readonly isLimit: boolean;
  parse(text: string, into: CgroupFields): void;
}

import type { Pid, Slot } from './ids.ts';

/**
 * Kernel cells of one slot summed over CPUs, cumulative since the slot was opened.
 * Arrays are owned by the reader and overwritten by the next read: copy what must stay.
 */
export interface SlotCells {
  readonly slot: Slot;
  /** Indexed by syscall class number (`generated/layout.ts`). */
  readonly calls: Float64Array;
  readonly errors: Float64Array;
  /** [area][direction] bytes: index `area * 2 + (0 receive/read, 1 transmit/write)`. */
  readonly fileBytes: Float64Array;
  /** [area][operation] counts: index `area * FILE_OPERATION_COUNT + operation`. */
  readonly fileOperations: Float64Array;
  /** (class, errno, count); what the bounded table could not hold is `errors` minus these. */
  readonly errnos: readonly ErrnoCount[];
  /** Totals, ring records lost or not. */
  readonly starts: number;
  readonly execs: number;
  readonly exits: number;
  /** Of these, the ones whose ring record could not be reserved: counted in the kernel, per slot. */
  readonly lostStarts: number;
  readonly lostExecs: number;
  readonly lostExits: number;
  readonly oomKills: number;
  /** CPU time of threads that ended, nanoseconds. */
  readonly endedCpuNs: number;
  readonly endedUserNs: number;
  readonly endedSystemNs: number;
  /** Of connections whose end the ring had no room for: what no record told. */
  readonly lostFlows: number;
  readonly lostFlowFailures: number;
  readonly lostFlowSentBytes: number;
  readonly lostFlowReceivedBytes: number;
  /** Present at level `latency` only. */
  readonly durations: readonly ClassDurations[];
}

export interface ErrnoCount {
  readonly classIndex: number;
  readonly errno: number;
  readonly count: number;
}

/** Sampled 1 of 8: log2 buckets in units of 2^-30 s, which is an exponential histogram of scale 0. */
export interface ClassDurations {
  readonly classIndex: number;
  readonly count: number;
  readonly sumS: number;
  /** Exponent of the lower bound of `buckets[0]`: bucket i covers (2^(offset+i), 2^(offset+i+1)] s. */
  readonly offset: number;
  readonly buckets: readonly number[];
}

/** One file that moved bytes, cumulative while the kernel's table held it. */
export interface HotFile {
  readonly slot: Slot;
  readonly path: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** One reading of a container's cgroup files. Absent = this host's hierarchy does not have it. */
export interface CgroupSample {
  readonly cpuUserS: number | undefined;
  readonly cpuSystemS: number | undefined;
  readonly cpuThrottledS: number | undefined;
  readonly cpuThrottledPeriods: number | undefined;
  readonly cpuPeriods: number | undefined;
  /** CPUs the container may use; undefined = no limit. */
  readonly cpuLimitCpus: number | undefined;
  readonly memoryUsageBytes: number | undefined;
  readonly memoryWorkingSetBytes: number | undefined;
  readonly memoryRssBytes: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly memoryPageFaults: number | undefined;
  readonly memoryMajorPageFaults: number | undefined;
  /** Per device `major:minor`. */
  readonly disk: readonly DiskIo[];
  readonly network: readonly NetworkIo[];
  readonly pressure: Pressure | undefined;
  readonly pids: number | undefined;
}

export interface DiskIo {
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface NetworkIo {
  readonly interfaceName: string;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
  readonly receiveDropped: number;
  readonly transmitDropped: number;
  readonly receiveErrors: number;
  readonly transmitErrors: number;
}

/** PSI totals, seconds stalled: `some` and `full` for each resource. */
export interface Pressure {
  readonly cpuSomeS: number | undefined;
  readonly cpuFullS: number | undefined;
  readonly memorySomeS: number | undefined;
  readonly memoryFullS: number | undefined;
  readonly ioSomeS: number | undefined;
  readonly ioFullS: number | undefined;
}

export interface ProcessSample {
  readonly pid: Pid;
  readonly name: string;
  readonly startedMs: number;
  readonly cpuUserS: number;
  readonly cpuSystemS: number;
  readonly rssBytes: number;
  readonly virtualBytes: number;
  readonly threads: number;
  readonly openFiles: number | undefined;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
}

/** The host's own `system.*`. Counters are cumulative since boot. */
export interface HostSample {
  /** One row a logical CPU and mode. */
  readonly cpu: readonly { readonly cpu: number; readonly mode: string; readonly s: number }[];
  readonly memory: readonly { readonly state: string; readonly bytes: number }[];
  readonly memoryLimitBytes: number;
  readonly load1m: number;
  readonly load5m: number;
  readonly load15m: number;
  readonly disk: readonly (DiskIo & { readonly reads: number; readonly writes: number })[];
  readonly network: readonly NetworkIo[];
  readonly uptimeS: number;
  readonly processes: number;
}

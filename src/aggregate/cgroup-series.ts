import {
  ATTR_CPU_MODE,
  ATTR_DISK_IO_DIRECTION,
  ATTR_NETWORK_INTERFACE_NAME,
  ATTR_NETWORK_IO_DIRECTION,
  ATTR_SONDE_PRESSURE_KIND,
  ATTR_SONDE_PRESSURE_RESOURCE,
  ATTR_SYSTEM_DEVICE,
  ATTR_SYSTEM_PAGING_FAULT_TYPE,
  METRIC_CONTAINER_CPU_TIME,
  METRIC_CONTAINER_DISK_IO,
  METRIC_CONTAINER_MEMORY_PAGING_FAULTS,
  METRIC_CONTAINER_MEMORY_RSS,
  METRIC_CONTAINER_MEMORY_USAGE,
  METRIC_CONTAINER_MEMORY_WORKING_SET,
  METRIC_CONTAINER_NETWORK_IO,
  METRIC_SONDE_CONTAINER_CPU_LIMIT,
  METRIC_SONDE_CONTAINER_CPU_PERIODS,
  METRIC_SONDE_CONTAINER_CPU_THROTTLED_PERIODS,
  METRIC_SONDE_CONTAINER_CPU_THROTTLED_TIME,
  METRIC_SONDE_CONTAINER_MEMORY_LIMIT,
  METRIC_SONDE_CONTAINER_NETWORK_DROPPED,
  METRIC_SONDE_CONTAINER_NETWORK_ERRORS,
  METRIC_SONDE_CONTAINER_PRESSURE_TIME,
  METRIC_SONDE_CONTAINER_PROCESSES,
  type MetricSpec,
} from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { CgroupSample, NetworkIo, Pressure, SlotCells } from '../model/snapshot.ts';
import { NS_PER_S } from '../units.ts';
import { raise, type SeriesSet } from './series-set.ts';

const PRESSURES: readonly [keyof Pressure, string, string][] = [
  ['cpuSomeS', 'cpu', 'some'],
  ['cpuFullS', 'cpu', 'full'],
  ['memorySomeS', 'memory', 'some'],
  ['memoryFullS', 'memory', 'full'],
  ['ioSomeS', 'io', 'some'],
  ['ioFullS', 'io', 'full'],
];

/** Books a container's cgroup files and network interfaces. */
export class CgroupSeries {
  private readonly set: SeriesSet;
  private readonly startMs: number;

  constructor(set: SeriesSet, startMs: number) {
    this.set = set;
    this.startMs = startMs;
  }

  book(sample: CgroupSample): void {
    this.counter(METRIC_CONTAINER_CPU_TIME, 'user', { [ATTR_CPU_MODE]: 'user' }, sample.cpuUserS);
    this.counter(METRIC_CONTAINER_CPU_TIME, 'system', { [ATTR_CPU_MODE]: 'system' }, sample.cpuSystemS);
    this.level(METRIC_SONDE_CONTAINER_CPU_LIMIT, sample.cpuLimitCpus);
    this.counter(METRIC_SONDE_CONTAINER_CPU_THROTTLED_TIME, '', {}, sample.cpuThrottledS);
    this.counter(METRIC_SONDE_CONTAINER_CPU_THROTTLED_PERIODS, '', {}, sample.cpuThrottledPeriods);
    this.counter(METRIC_SONDE_CONTAINER_CPU_PERIODS, '', {}, sample.cpuPeriods);
    this.level(METRIC_CONTAINER_MEMORY_USAGE, sample.memoryUsageBytes);
    this.level(METRIC_CONTAINER_MEMORY_WORKING_SET, sample.memoryWorkingSetBytes);
    this.level(METRIC_CONTAINER_MEMORY_RSS, sample.memoryRssBytes);
    this.level(METRIC_SONDE_CONTAINER_MEMORY_LIMIT, sample.memoryLimitBytes);
    this.level(METRIC_SONDE_CONTAINER_PROCESSES, sample.pids);
    this.bookFaults(sample);
    for (const { device, readBytes, writtenBytes } of sample.disk) {
      for (const [direction, bytes] of [
        ['read', readBytes],
        ['write', writtenBytes],
      ] as const) {
        const attributes = { [ATTR_DISK_IO_DIRECTION]: direction, [ATTR_SYSTEM_DEVICE]: device };
        this.counter(METRIC_CONTAINER_DISK_IO, `${device}|${direction}`, attributes, bytes);
      }
    }
    for (const io of sample.network) this.bookInterface(io);
    for (const [key, resource, kind] of PRESSURES) {
      const attributes = { [ATTR_SONDE_PRESSURE_RESOURCE]: resource, [ATTR_SONDE_PRESSURE_KIND]: kind };
      this.counter(METRIC_SONDE_CONTAINER_PRESSURE_TIME, key, attributes, sample.pressure?.[key]);
    }
  }

  /**
   * The cgroup's files vanish with the container; threads that ended in it were summed in the kernel.
   * For a container seen from its start that sum is its whole CPU time.
   */
  bookEndedThreads(cells: SlotCells): void {
    this.counter(METRIC_CONTAINER_CPU_TIME, 'user', { [ATTR_CPU_MODE]: 'user' }, cells.endedUserNs / NS_PER_S);
    this.counter(METRIC_CONTAINER_CPU_TIME, 'system', { [ATTR_CPU_MODE]: 'system' }, cells.endedSystemNs / NS_PER_S);
  }

  private bookFaults(sample: CgroupSample): void {
    const { memoryPageFaults: all, memoryMajorPageFaults: major } = sample;
    if (all === undefined) return;
    const metric = METRIC_CONTAINER_MEMORY_PAGING_FAULTS;
    this.counter(metric, 'minor', { [ATTR_SYSTEM_PAGING_FAULT_TYPE]: 'minor' }, all - (major ?? 0));
    this.counter(metric, 'major', { [ATTR_SYSTEM_PAGING_FAULT_TYPE]: 'major' }, major);
  }

  private bookInterface(io: NetworkIo): void {
    const rows = [
      ['receive', io.receivedBytes, io.receiveDropped, io.receiveErrors],
      ['transmit', io.transmittedBytes, io.transmitDropped, io.transmitErrors],
    ] as const;
    for (const [direction, bytes, dropped, errors] of rows) {
      const key = `${io.interfaceName}|${direction}`;
      const attributes = {
        [ATTR_NETWORK_IO_DIRECTION]: direction,
        [ATTR_NETWORK_INTERFACE_NAME]: io.interfaceName,
      };
      this.counter(METRIC_CONTAINER_NETWORK_IO, key, attributes, bytes);
      if (dropped > 0) this.counter(METRIC_SONDE_CONTAINER_NETWORK_DROPPED, key, attributes, dropped);
      if (errors > 0) this.counter(METRIC_SONDE_CONTAINER_NETWORK_ERRORS, key, attributes, errors);
    }
  }

  private counter(metric: MetricSpec, key: string, attributes: Attributes, value: number | undefined): void {
    if (value === undefined) return;
    raise(
      this.set.get(metric, key, this.startMs, () => attributes),
      value,
    );
  }

  private level(metric: MetricSpec, value: number | undefined): void {
    if (value === undefined) this.set.end(metric, '');
    else this.set.get(metric, '', this.startMs, () => ({})).value = value;
  }
}

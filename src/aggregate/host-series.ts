import type { MetricSpec } from '../generated/signals.ts';
import * as signals from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { HostSample } from '../model/snapshot.ts';
import { MS_PER_S } from '../units.ts';
import { raise, type SeriesSet } from './series-set.ts';

/** Books the host's own `system.*`. Kernel counters start at boot. */
export class HostSeries {
  private readonly set: SeriesSet;

  constructor(set: SeriesSet) {
    this.set = set;
  }

  book(sample: HostSample, nowMs: number): void {
    const bootMs = Math.round(nowMs - sample.uptimeS * MS_PER_S);
    const counter = (metric: MetricSpec, key: string, attributes: Attributes, value: number): void =>
      raise(
        this.set.get(metric, key, bootMs, () => attributes),
        value,
      );
    const level = (metric: MetricSpec, key: string, attributes: Attributes, value: number): void => {
      this.set.get(metric, key, bootMs, () => attributes).value = value;
    };

    for (const { cpu, mode, s } of sample.cpu) {
      const attributes = { [signals.ATTR_CPU_LOGICAL_NUMBER]: cpu, [signals.ATTR_CPU_MODE]: mode };
      counter(signals.METRIC_SYSTEM_CPU_TIME, `${cpu}|${mode}`, attributes, s);
    }
    for (const { state, bytes } of sample.memory) {
      level(signals.METRIC_SYSTEM_MEMORY_USAGE, state, { [signals.ATTR_SYSTEM_MEMORY_STATE]: state }, bytes);
    }
    level(signals.METRIC_SYSTEM_MEMORY_LIMIT, '', {}, sample.memoryLimitBytes);
    level(signals.METRIC_SYSTEM_LINUX_CPU_LOAD_1M, '', {}, sample.load1m);
    level(signals.METRIC_SYSTEM_LINUX_CPU_LOAD_5M, '', {}, sample.load5m);
    level(signals.METRIC_SYSTEM_LINUX_CPU_LOAD_15M, '', {}, sample.load15m);
    level(signals.METRIC_SYSTEM_UPTIME, '', {}, sample.uptimeS);
    level(signals.METRIC_SYSTEM_PROCESS_COUNT, '', {}, sample.processes);
    for (const d of sample.disk) {
      for (const [direction, bytes, operations] of [
        ['read', d.readBytes, d.reads],
        ['write', d.writtenBytes, d.writes],
      ] as const) {
        const attributes = { [signals.ATTR_SYSTEM_DEVICE]: d.device, [signals.ATTR_DISK_IO_DIRECTION]: direction };
        counter(signals.METRIC_SYSTEM_DISK_IO, `${d.device}|${direction}`, attributes, bytes);
        counter(signals.METRIC_SYSTEM_DISK_OPERATIONS, `${d.device}|${direction}`, attributes, operations);
      }
    }
    for (const n of sample.network) {
      for (const [direction, bytes, dropped, errors] of [
        ['receive', n.receivedBytes, n.receiveDropped, n.receiveErrors],
        ['transmit', n.transmittedBytes, n.transmitDropped, n.transmitErrors],
      ] as const) {
        const key = `${n.interfaceName}|${direction}`;
        const attributes = {
          [signals.ATTR_NETWORK_INTERFACE_NAME]: n.interfaceName,
          [signals.ATTR_NETWORK_IO_DIRECTION]: direction,
        };
        counter(signals.METRIC_SYSTEM_NETWORK_IO, key, attributes, bytes);
        counter(signals.METRIC_SYSTEM_NETWORK_PACKET_DROPPED, key, attributes, dropped);
        counter(signals.METRIC_SYSTEM_NETWORK_ERRORS, key, attributes, errors);
      }
    }
  }
}

import type { Meter, MetricOptions } from '@opentelemetry/api';
import {
  ATTR_CPU_MODE,
  ATTR_SONDE_MAP,
  ATTR_SONDE_OUTCOME,
  ATTR_SONDE_PROGRAM,
  ATTR_SONDE_REASON,
  ATTR_SONDE_STAGE,
  ATTR_SONDE_VERSION,
  METRIC_SONDE_SELF_COMPLETENESS,
  METRIC_SONDE_SELF_CPU_TIME,
  METRIC_SONDE_SELF_FRAME_LAG,
  METRIC_SONDE_SELF_HEARTBEAT,
  METRIC_SONDE_SELF_MAP_FILL,
  METRIC_SONDE_SELF_MEMORY_USAGE,
  METRIC_SONDE_SELF_PROGRAM_LOADED,
  METRIC_SONDE_SELF_QUEUE_SIZE,
  METRIC_SONDE_SELF_RECORDS,
  type MetricSpec,
} from '../generated/signals.ts';
import { VERSION } from '../generated/version.ts';
import { US_PER_S } from '../units.ts';
import { createCompleteness } from './completeness.ts';
import type { Ledger } from './ledger.ts';

/** What the agent knows about itself at this moment. */
export interface SelfReadings {
  /** Containers alive. */
  readonly containers: number;
  readonly programs: readonly { readonly name: string; readonly isLoaded: boolean }[];
  /** Share in use of each kernel map, 0–1. */
  readonly fill: Readonly<Record<string, number>>;
  /** Requests that wait on disk. */
  readonly queueBytes: number;
  readonly frameLagS: number;
}

export interface SelfSources {
  readonly ledger: Ledger;
  readonly readings: () => SelfReadings;
}

/** Declares the `sonde.self.*` instruments; each is read once an interval. */
export function registerSelfInstruments(
  meter: Meter,
  optionsOf: (spec: MetricSpec) => MetricOptions,
  { ledger, readings }: SelfSources,
): void {
  const gauge = (spec: MetricSpec) => meter.createObservableGauge(spec.name, optionsOf(spec));
  const counter = (spec: MetricSpec) => meter.createObservableCounter(spec.name, optionsOf(spec));
  const completeness = createCompleteness(ledger);

  const heartbeat = gauge(METRIC_SONDE_SELF_HEARTBEAT);
  const complete = gauge(METRIC_SONDE_SELF_COMPLETENESS);
  const records = counter(METRIC_SONDE_SELF_RECORDS);
  const loaded = gauge(METRIC_SONDE_SELF_PROGRAM_LOADED);
  const memory = gauge(METRIC_SONDE_SELF_MEMORY_USAGE);
  const cpu = counter(METRIC_SONDE_SELF_CPU_TIME);
  const queue = gauge(METRIC_SONDE_SELF_QUEUE_SIZE);
  const lag = gauge(METRIC_SONDE_SELF_FRAME_LAG);
  const fill = gauge(METRIC_SONDE_SELF_MAP_FILL);

  meter.addBatchObservableCallback(
    (result) => {
      const now = readings();
      result.observe(heartbeat, now.containers, { [ATTR_SONDE_VERSION]: VERSION });
      result.observe(complete, completeness());
      for (const { stage, outcome, reason, count } of ledger.rows())
        result.observe(records, count, {
          [ATTR_SONDE_STAGE]: stage,
          [ATTR_SONDE_OUTCOME]: outcome,
          [ATTR_SONDE_REASON]: reason,
        });
      for (const { name, isLoaded } of now.programs)
        result.observe(loaded, isLoaded ? 1 : 0, { [ATTR_SONDE_PROGRAM]: name });
      result.observe(memory, process.memoryUsage.rss());
      const { user, system } = process.cpuUsage();
      result.observe(cpu, user / US_PER_S, { [ATTR_CPU_MODE]: 'user' });
      result.observe(cpu, system / US_PER_S, { [ATTR_CPU_MODE]: 'system' });
      result.observe(queue, now.queueBytes);
      result.observe(lag, now.frameLagS);
      for (const [name, ratio] of Object.entries(now.fill)) result.observe(fill, ratio, { [ATTR_SONDE_MAP]: name });
    },
    [heartbeat, complete, records, loaded, memory, cpu, queue, lag, fill],
  );
}

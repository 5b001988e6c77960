import type { TestContext } from 'node:test';
import { createExport, type Export, type ExportConfig } from '../../../src/export/export.ts';
import type { MetricBatch, Series } from '../../../src/model/series.ts';
import { createLedger, type Ledger } from '../../../src/self/ledger.ts';
import { type OtlpSink, type SinkOptions, startSink } from '../../harness/otlp-sink.ts';
import { waitUntil } from '../../harness/wait.ts';
import {
  batch,
  config,
  type KeptLog,
  keptLog,
  metric,
  resource,
  series,
  type TestClock,
  testClock,
} from './fixtures.ts';

/** The whole stage against real servers, with time that passes only in steps. */
export interface TestStage {
  readonly stage: Export;
  readonly clock: TestClock;
  readonly ledger: Ledger;
  readonly log: KeptLog;
  readonly config: ExportConfig;
  /** Pushes a batch of one counter with this value; its time is the clock's. */
  pushValue(value: number): void;
  push(batch: MetricBatch): void;
  /** Lets time pass in steps of 20 s until the condition holds. */
  passUntil(what: string, isDone: () => boolean, timeoutMs?: number): Promise<void>;
  /** Waits without letting time pass: nothing is sent again meanwhile. */
  until(what: string, isDone: () => boolean, timeoutMs?: number): Promise<void>;
}

export function openStage(
  t: TestContext,
  endpoint: string,
  dataDir: string,
  over: Partial<ExportConfig> = {},
): TestStage {
  const clock = testClock();
  const ledger = createLedger();
  const log = keptLog();
  const settings = config(endpoint, dataDir, over);
  const stage = createExport(settings, { clock, ledger, log });
  t.after(() => stage.close());
  const counter: Series = series(metric(), { 'test.n': 1 }, 0);
  const until = async (what: string, isDone: () => boolean, timeoutMs = 10_000): Promise<void> => {
    await waitUntil(what, isDone, Boolean, timeoutMs, 5);
  };
  return {
    stage,
    clock,
    ledger,
    log,
    config: settings,
    pushValue(value) {
      clock.advance(1);
      counter.value = value;
      stage.push(batch(clock.wallMs(), resource('c', [counter])));
    },
    push: (given) => stage.push(given),
    until,
    passUntil: (what, isDone, timeoutMs) =>
      until(
        what,
        () => {
          clock.advance(20_000);
          stage.tick(clock.wallMs());
          return isDone();
        },
        timeoutMs,
      ),
  };
}

export async function openSink(t: TestContext, options: SinkOptions): Promise<OtlpSink> {
  const sink = await startSink(options);
  t.after(() => sink.close());
  return sink;
}

/** Values of the counter in the order in which the sink got them. */
export const valuesOf = (sink: OtlpSink): number[] => sink.points().map((point) => Number(point.asInt));

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ExportConfig } from '../../../src/export/export.ts';
import { createExport } from '../../../src/export/export.ts';
import { METRIC_SONDE_SYSCALL_CALLS } from '../../../src/generated/signals.ts';
import { createLedger, type Ledger } from '../../../src/self/ledger.ts';
import { createSystemClock } from '../../../src/self/system-clock.ts';
import { attributesOf, makeBatch, resourceOf, START_MS } from './workload.ts';

/** One way to bring all points to the endpoint once. */
export interface Flusher {
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createOurs(endpoint: string, points: number): Flusher {
  const dataDir = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  const ledger = createLedger();
  let remaining = 0;
  let done: () => void = () => undefined;
  const counting: Ledger = {
    rows: ledger.rows,
    count(_stage, outcome, reason, by = 1) {
      if (outcome !== 'kept') throw new Error(`points lost: ${reason}`);
      remaining -= by;
      if (remaining === 0) done();
    },
  };
  const { batch, grow } = makeBatch(points);
  const clock = createSystemClock('/proc');
  const stage = createExport(configOf(endpoint, dataDir), { clock, ledger: counting, log: failing });
  return {
    flush() {
      grow();
      remaining = points;
      return new Promise((resolve) => {
        done = resolve;
        stage.push(batch);
      });
    },
    async close() {
      await stage.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** What the SDK offers for many points: a producer whose points are made once, and the stock exporter. */
export function createSdk(endpoint: string, points: number): Flusher {
  const times = {
    startTime: [START_MS / 1000, 0] as [number, number],
    endTime: [START_MS / 1000 + 10, 0] as [number, number],
  };
  const dataPoints = Array.from({ length: points }, (_, n) => ({
    ...times,
    attributes: { ...attributesOf(n) },
    value: n,
  }));
  const { name, unit, description } = METRIC_SONDE_SYSCALL_CALLS;
  const resource = resourceFromAttributes({ ...resourceOf(0) });
  const producer: MetricProducer = {
    async collect() {
      for (const point of dataPoints) point.value++;
      const metric = {
        descriptor: { name, unit, description, valueType: ValueType.INT },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.SUM as const,
        isMonotonic: true,
        dataPoints,
      };
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'sonde' }, metrics: [metric] }] },
        errors: [],
      };
    },
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: endpoint }),
    exportIntervalMillis: 3_600_000,
    metricProducers: [producer],
    // What stays under 4 MiB with these attributes.
    maxExportBatchSize: 9000,
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { flush: () => provider.forceFlush(), close: () => provider.shutdown() };
}

function configOf(endpoint: string, dataDir: string): ExportConfig {
  return {
    protocol: 'grpc',
    endpoint,
    headers: {},
    isInsecure: true,
    certificateFile: undefined,
    clientCertificateFile: undefined,
    clientKeyFile: undefined,
    compression: 'none',
    timeoutMs: 10_000,
    intervalMs: 10_000,
    temporality: 'cumulative',
    dataDir,
    queueLimitBytes: 0,
  };
}

/** Nothing may go wrong while it is measured. */
const failing = { error: fail, warn: fail, info: fail, debug: fail };

function fail(_stage: string, message: string): never {
  throw new Error(message);
}

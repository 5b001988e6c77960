import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { OtlpConfig } from '../../src/config/config.ts';
import { createExport } from '../../src/export/export.ts';
import {
  METRIC_CONTAINER_MEMORY_USAGE,
  METRIC_CONTAINER_UPTIME,
  METRIC_SONDE_FILE_IO,
  METRIC_SONDE_SYSCALL_CALLS,
  METRIC_SONDE_SYSCALL_DURATION,
  type MetricSpec,
} from '../../src/generated/signals.ts';
import type { Attributes } from '../../src/model/attributes.ts';
import type { ExponentialHistogram, MetricBatch, Series } from '../../src/model/series.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { waitUntil } from '../harness/wait.ts';

/** The export stage alone against the real backends: our encoding is what they understand. */
let prometheus: Prometheus;
let collector: Collector;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-export-e2e-'));

before(async () => {
  prometheus = await startPrometheus();
  collector = await startCollector({ prometheusUrl: prometheus.url });
});

after(async () => {
  await collector.stop();
  await prometheus.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function open(name: string, protocol: OtlpConfig['protocol'], endpoint: string, over: Partial<OtlpConfig> = {}) {
  const ledger = createLedger();
  const lines: string[] = [];
  const stage = createExport(
    {
      protocol,
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
      ...over,
      dataDir: join(dataDir, name),
      queueLimitBytes: 1e6,
    },
    { clock: createSystemClock('/proc'), ledger, log: createLog('debug', (line) => lines.push(line)) },
  );
  const kept = () => ledger.rows().find((row) => row.outcome === 'kept')?.count ?? 0;
  return {
    stage,
    async deliver(batch: MetricBatch, points: number) {
      const before = kept();
      stage.push(batch);
      await waitUntil(
        `${points} points to be taken: ${lines}`,
        () => kept() - before,
        (n) => n === points,
      );
    },
    lines,
  };
}

const startMs = Date.now() - 60_000;
const series = (metric: MetricSpec, attributes: Attributes, value: Series['value']): Series => ({
  metric,
  attributes,
  startMs,
  value,
  cache: undefined,
});
const batchOf = (name: string, live: readonly Series[], ended: readonly Series[] = []): MetricBatch => ({
  timeMs: Date.now(),
  resources: [
    {
      key: name,
      resource: { 'container.id': `id-${name}`, 'container.name': name, 'service.name': name },
      series: live,
      ended,
    },
  ],
});

const ways = [
  ['grpc', 'none', () => collector.grpcUrl],
  ['grpc', 'gzip', () => collector.grpcUrl],
  ['http/protobuf', 'gzip', () => `${collector.httpUrl}/v1/metrics`],
] as const;

for (const [protocol, compression, endpoint] of ways)
  test(`every kind of series reaches Collector and Prometheus by ${protocol}, compression ${compression}`, async () => {
    const name = `kinds-${protocol.slice(0, 4)}-${compression}`;
    const { stage, deliver, lines } = open(name, protocol, endpoint(), { compression });
    const duration: ExponentialHistogram = {
      kind: 'exponential',
      scale: 2,
      count: 6,
      sum: 0.75,
      zeroCount: 1,
      offset: -12,
      buckets: [2, 0, 3],
    };
    const live = [
      series(METRIC_SONDE_SYSCALL_CALLS, { 'sonde.syscall.class': 'file.read' }, 2 ** 40 + 1),
      series(METRIC_SONDE_SYSCALL_CALLS, { 'sonde.syscall.class': 'net.connect', 'error.type': 'ECONNREFUSED' }, 3),
      series(METRIC_CONTAINER_MEMORY_USAGE, {}, 123_456_789),
      series(METRIC_CONTAINER_UPTIME, {}, 12.5),
      series(METRIC_SONDE_SYSCALL_DURATION, { 'sonde.syscall.class': 'file.read' }, duration),
    ];
    await deliver(batchOf(name, live), 5);
    const selector = `{container_name="${name}"}`;
    await prometheus.waitFor(`sonde_syscall_calls_total${selector}`, (samples) => samples.length === 2);
    const value = (expression: string) => prometheus.value(expression);
    assert.equal(
      await value(`sonde_syscall_calls_total{container_name="${name}",sonde_syscall_class="file.read"}`),
      2 ** 40 + 1,
    );
    assert.equal(await value(`sonde_syscall_calls_total{container_name="${name}",error_type="ECONNREFUSED"}`), 3);
    assert.equal(await value(`container_memory_usage_bytes${selector}`), 123_456_789);
    assert.equal(await value(`container_uptime_seconds${selector}`), 12.5);
    assert.equal(await value(`histogram_count(sonde_syscall_duration_seconds${selector})`), 6);
    assert.equal(await value(`histogram_sum(sonde_syscall_duration_seconds${selector})`), 0.75);
    const isOwn = (point: { resource: Readonly<Record<string, unknown>> }) => point.resource['container.name'] === name;
    const all = await collector.waitFor('five points', (seen) => seen.filter(isOwn).length === 5);
    const points = all.filter(isOwn);
    assert.deepEqual(
      new Set(points.filter((point) => point.kind !== 'gauge').map((point) => Math.round(point.startMs))),
      new Set([startMs]),
    );
    await stage.close();
    assert.deepEqual(lines, []);
  });

test('a series that ended is gone from Prometheus with the next batch, its history stays', async () => {
  const name = 'ending';
  const { stage, deliver } = open(name, 'grpc', collector.grpcUrl);
  const bytes = series(METRIC_SONDE_FILE_IO, { 'disk.io.direction': 'write' }, 100);
  const selector = `sonde_file_io_bytes_total{container_name="${name}"}`;
  await deliver(batchOf(name, [bytes]), 1);
  await prometheus.waitFor(selector, ([sample]) => sample?.value === 100);
  bytes.value = 150;
  await deliver(batchOf(name, [], [bytes]), 1);
  await prometheus.waitFor(selector, ([sample]) => sample?.value === 150);
  await deliver(batchOf(name, []), 1);
  await prometheus.waitFor(selector, (samples) => samples.length === 0);
  const [history] = await prometheus.range(selector, 60);
  assert.deepEqual(
    history?.values.map(([, value]) => value),
    [100, 150],
  );
  await stage.close();
});

test('Prometheus takes our requests without a Collector between', async () => {
  const name = 'direct';
  const { stage, deliver } = open(name, 'http/protobuf', `${prometheus.url}/api/v1/otlp/v1/metrics`);
  await deliver(batchOf(name, [series(METRIC_SONDE_FILE_IO, { 'disk.io.direction': 'read' }, 77)]), 1);
  const [sample] = await prometheus.waitFor(
    `sonde_file_io_bytes_total{service_name="${name}"} or sonde_file_io_bytes_total{job="${name}"}`,
    (samples) => samples.length === 1,
  );
  assert.equal(sample?.value, 77);
  await stage.close();
});

test('delta points add up in the Collector', async () => {
  const name = 'deltas';
  const { stage, deliver } = open(name, 'grpc', collector.grpcUrl, { temporality: 'delta' });
  const calls = series(METRIC_SONDE_SYSCALL_CALLS, { 'sonde.syscall.class': 'file.read' }, 10);
  for (const value of [10, 25, 26]) {
    calls.value = value;
    await deliver(batchOf(name, [calls]), 1);
  }
  const points = await collector.waitFor(
    'three deltas',
    (all) => all.filter((p) => p.resource['container.name'] === name).length === 3,
  );
  const own = points.filter((point) => point.resource['container.name'] === name);
  assert.deepEqual(
    own.map((point) => [point.temporality, point.value]),
    [
      ['delta', 10],
      ['delta', 15],
      ['delta', 1],
    ],
  );
  assert.equal(Math.round(own[0]?.startMs ?? 0), startMs);
  assert.deepEqual(
    own.slice(1).map((point) => Math.round(point.startMs)),
    own.slice(0, 2).map((point) => Math.round(point.timeMs)),
  );
  await stage.close();
});

test('a flush of 50,000 points passes the 4 MiB limit of the Collector', async () => {
  const { stage, deliver } = open('large', 'grpc', collector.grpcUrl);
  const resources = Array.from({ length: 50 }, (_, r) => ({
    key: `large-${r}`,
    resource: { 'container.name': `large-${r}`, 'service.name': 'large' },
    series: Array.from({ length: 1000 }, (_, n) =>
      series(METRIC_SONDE_SYSCALL_CALLS, { 'sonde.syscall.class': `class-${n}`, 'test.pad': 'x'.repeat(200) }, n),
    ),
    ended: [],
  }));
  await deliver({ timeMs: Date.now(), resources }, 50_000);
  await collector.waitFor(
    '50,000 points',
    (points) => points.filter((p) => p.resource['service.name'] === 'large').length === 50_000,
    60_000,
  );
  await stage.close();
});

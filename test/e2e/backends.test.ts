import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type Collector, startCollector } from '../harness/collector.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';

/**
 * The backends that the other tests trust, fed by the stock SDK: what went in comes out of the Collector's
 * file and of Prometheus with the same value, under the names documented in docs/metrics.md.
 */
let prometheus: Prometheus;
let collector: Collector;

before(async () => {
  prometheus = await startPrometheus();
  collector = await startCollector({ prometheusUrl: prometheus.url });
});

after(async () => {
  await collector.stop();
  await prometheus.stop();
});

async function send(exporter: PushMetricExporter, name: string, value: number): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const resource = resourceFromAttributes({ 'container.name': name, 'container.id': `id-${name}` });
  const provider = new MeterProvider({ readers: [reader], resource });
  provider.getMeter('test').createCounter('sonde.file.io', { unit: 'By' }).add(value, { 'disk.io.direction': 'write' });
  await provider.shutdown();
}

const senders = [
  ['grpc', () => new GrpcExporter({ url: collector.grpcUrl })],
  ['http/protobuf', () => new HttpExporter({ url: `${collector.httpUrl}/v1/metrics` })],
] as const;

for (const [protocol, exporter] of senders) {
  test(`a counter sent by ${protocol} reaches the Collector's file and Prometheus unchanged`, async () => {
    const name = `by-${protocol}`;
    await send(exporter(), name, 123_456);
    const points = await collector.waitFor(
      `a point of ${name}`,
      () => collector.latest('sonde.file.io', { 'container.name': name }).length > 0,
    );
    assert.ok(points.length > 0);
    const [point] = collector.latest('sonde.file.io', { 'container.name': name });
    assert.equal(point?.value, 123_456);
    assert.equal(point.temporality, 'cumulative');
    assert.equal(point.attributes['disk.io.direction'], 'write');
    const expression = `sonde_file_io_bytes_total{container_name="${name}",disk_io_direction="write"}`;
    const [sample] = await prometheus.waitFor(expression, (samples) => samples.length === 1);
    assert.equal(sample?.value, 123_456);
    assert.equal(sample.labels['container_id'], `id-${name}`);
  });
}

test('a query that matches nothing is an error where one value was asked for', async () => {
  await assert.rejects(prometheus.value('no_such_metric'), /gives \[\]/);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OtlpConfig } from '../../../src/config/config.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { createLog } from '../../../src/self/log.ts';
import { createSelfMetrics } from '../../../src/self/otel-metrics.ts';
import { makeCertificates } from '../../harness/otlp/certificates.ts';
import type { SinkPoint } from '../../harness/otlp/decode.ts';
import { type OtlpSink, startSink } from '../../harness/otlp-sink.ts';
import { freePort } from '../../harness/ports.ts';
import { waitUntil } from '../../harness/wait.ts';
import { tempDir } from './temp-dir.ts';

const READINGS = {
  containers: 7,
  programs: [
    { name: 'sd_tp_sys_exit', isLoaded: true },
    { name: 'sd_tp_fork', isLoaded: false },
  ],
  fill: { sd_slot_by_cgroup: 0.25 },
  queueBytes: 4096,
  frameLagS: 0.012,
};

function open(endpoint: string, over: Partial<OtlpConfig> = {}) {
  const ledger = createLedger();
  const metrics = createSelfMetrics(
    {
      protocol: endpoint.endsWith('/v1/metrics') ? 'http/protobuf' : 'grpc',
      endpoint,
      headers: { 'x-tenant': 'a' },
      isInsecure: endpoint.startsWith('http:'),
      certificateFile: undefined,
      clientCertificateFile: undefined,
      clientKeyFile: undefined,
      compression: 'none',
      timeoutMs: 1000,
      intervalMs: 100,
      temporality: 'cumulative',
      ...over,
      host: { 'host.name': 'node-1', 'host.id': 'abc' },
    },
    { ledger, log: createLog('error', () => undefined), readings: () => READINGS },
  );
  return { ledger, metrics };
}

const lastOf = (sink: OtlpSink, metric: string): SinkPoint | undefined =>
  sink.points().findLast((point) => point.metric === metric);
const number = (point: SinkPoint | undefined): number => Number(point?.asInt ?? point?.asDouble);

describe('self metrics', () => {
  for (const protocol of ['grpc', 'http/protobuf'] as const)
    it(`arrive over ${protocol} under their declared names, with the host's resource`, async () => {
      const sink = await startSink({ protocol });
      const { ledger, metrics } = open(sink.endpoint);
      try {
        ledger.count('decode', 'kept', '', 90);
        ledger.count('decode', 'dropped', 'short-record', 10);
        await waitUntil(
          'two exports',
          () => sink.requests,
          (requests) => requests >= 2,
          10_000,
          10,
        );
        const heartbeat = lastOf(sink, 'sonde.self.heartbeat');
        assert.equal(heartbeat?.asInt, 7n);
        assert.match(String(heartbeat?.attributes['sonde.version']), /^\d+\.\d+\.\d+/);
        assert.equal(heartbeat?.resource['service.name'], 'sonde');
        assert.equal(heartbeat?.resource['host.name'], 'node-1');
        assert.equal(heartbeat?.resource['service.instance.id'], 'abc');
        assert.equal(heartbeat?.kind, 'gauge');
        const records = sink.received.at(-1)?.points.filter((point) => point.metric === 'sonde.self.records') ?? [];
        const told = records.map((p) => [
          p.attributes['sonde.stage'],
          p.attributes['sonde.outcome'],
          p.attributes['sonde.reason'],
          p.asInt,
        ]);
        assert.deepEqual(told, [
          ['decode', 'kept', '', 90n],
          ['decode', 'dropped', 'short-record', 10n],
        ]);
        assert.ok(
          records.every((point) => point.kind === 'sum' && point.isMonotonic && point.temporality === 'cumulative'),
        );
        const first = sink.points().find((point) => point.metric === 'sonde.self.completeness');
        assert.equal(number(first), 0.9);
        assert.equal(number(lastOf(sink, 'sonde.self.completeness')), 1, 'since the last export');
        assert.equal(number(lastOf(sink, 'sonde.self.queue.size')), 4096);
        assert.equal(number(lastOf(sink, 'sonde.self.frame.lag')), 0.012);
        assert.equal(number(lastOf(sink, 'sonde.self.map.fill')), 0.25);
        assert.ok(number(lastOf(sink, 'sonde.self.memory.usage')) > 1e7);
        assert.ok(number(lastOf(sink, 'sonde.self.cpu.time')) >= 0);
        const loaded =
          sink.received.at(-1)?.points.filter((point) => point.metric === 'sonde.self.program.loaded') ?? [];
        assert.deepEqual(
          loaded.map((p) => [p.attributes['sonde.program'], p.asInt]),
          [
            ['sd_tp_sys_exit', 1n],
            ['sd_tp_fork', 0n],
          ],
        );
        assert.equal(sink.received[0]?.headers['x-tenant'], 'a');
        await waitUntil(
          'the library',
          () => lastOf(sink, 'otel.sdk.exporter.metric_data_point.exported'),
          Boolean,
          5000,
          10,
        );
      } finally {
        await metrics.close();
        await sink.close();
      }
    });

  it('are sent once more at the end', async () => {
    const sink = await startSink({ protocol: 'grpc' });
    const { metrics } = open(sink.endpoint, { intervalMs: 3_600_000 });
    await metrics.close();
    assert.equal(lastOf(sink, 'sonde.self.heartbeat')?.asInt, 7n);
    await sink.close();
  });

  it('do not hold up the end when the endpoint is away', async () => {
    const { metrics } = open(`http://localhost:${await freePort()}`);
    const startMs = performance.now();
    await metrics.close();
    assert.ok(performance.now() - startMs < 3000);
  });

  for (const protocol of ['grpc', 'http/protobuf'] as const)
    it(`use the certificates over ${protocol}`, async (t) => {
      const certificates = await makeCertificates(tempDir(t), 'known');
      const sink = await startSink({ protocol, tls: { ...certificates, wantsClient: true } });
      const { metrics } = open(sink.endpoint, {
        certificateFile: certificates.authority,
        clientCertificateFile: certificates.clientCertificate,
        clientKeyFile: certificates.clientKey,
      });
      await metrics.close();
      assert.equal(sink.requests > 0, true);
      await sink.close();
    });

  it('refuse TLS files and headers that are of no use with a code, before anything is sent', () => {
    for (const endpoint of ['https://localhost:1', 'https://localhost:1/v1/metrics']) {
      assert.throws(() => open(endpoint, { certificateFile: '/nowhere/ca.pem' }), { code: 'SND_EXP_CREDENTIALS' });
      assert.throws(() => open(endpoint, { headers: { 'a b': 'c' } }), { code: 'SND_EXP_HEADERS' });
    }
  });
});

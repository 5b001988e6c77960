import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectControl } from '../../src/self/control/client.ts';
import { startAgent } from '../harness/agent.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import { makeCertificates } from '../harness/otlp/certificates.ts';
import { startSink } from '../harness/otlp-sink.ts';
import { freePort } from '../harness/ports.ts';
import { waitUntil } from '../harness/wait.ts';

/** A backend that is away, comes back, and an agent that is restarted meanwhile. */
let host: TestHost;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-outage-'));

before(async () => {
  host = await openTestHost('outage');
});

after(async () => {
  await host?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const identityPoints = (collector: Collector, container: TestContainer) =>
  collector
    .points()
    .filter(
      (point) =>
        point.metric === 'sonde.syscall.calls' &&
        point.resource['container.id'] === container.id &&
        point.attributes['sonde.syscall.class'] === 'process.identity' &&
        !point.hasNoRecordedValue,
    );

test('endpoint away at start, agent restarted, endpoint back: every interval arrives, in order, and it is said', async () => {
  const grpcPort = await freePort();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${grpcPort}`, OTEL_EXPORTER_OTLP_TIMEOUT: '1000' };
  const awayFromMs = Date.now();
  const first = await startAgent({ cgroupRoot: host.cgroupRoot, dataDir, env });
  const container = await host.runContainer({ args: ['pace:500:60000', 'hold'] });
  await waitUntil('the outage to be said', first.log, (text) => text.includes('SND_EXP_UNREACHABLE'), 20_000);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  assert.equal(first.log().split('SND_EXP_UNREACHABLE').length, 2, 'said once, not every second');
  assert.equal(await first.stop(), 0);

  const second = await startAgent({ cgroupRoot: host.cgroupRoot, dataDir, env });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const collector = await startCollector({ grpcPort });
  const backAtMs = Date.now();
  try {
    await collector.waitFor(
      'points from before and after the outage',
      () => {
        const times = identityPoints(collector, container).map((point) => point.timeMs);
        return times.some((timeMs) => timeMs < backAtMs - 4000) && times.some((timeMs) => timeMs > backAtMs + 1000);
      },
      40_000,
    );
    const points = identityPoints(collector, container);
    const times = points.map((point) => point.timeMs);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
      'in order',
    );
    assert.ok(Math.min(...times) < awayFromMs + 6000, 'the first intervals were kept');
    // Each agent's counters have its own start: within one life no interval is missing.
    const lives = Object.values(Object.groupBy(points, (point) => String(point.startMs)));
    assert.equal(lives.length, 2);
    for (const life of lives) {
      const gapsMs = (life ?? []).slice(1).map((point, i) => point.timeMs - (life?.[i]?.timeMs ?? 0));
      assert.ok(Math.max(...gapsMs) < 4000, `gaps ${gapsMs}`);
    }
    await waitUntil('the end of the outage to be said', second.log, (text) => /reach|back/i.test(text), 10_000);
  } finally {
    await second.stop();
    await collector.stop();
  }
});

test('a certificate nobody trusts: said with its code, the agent goes on; trusted, points arrive', async () => {
  const certificates = await makeCertificates(dataDir, 'authority');
  const sink = await startSink({ protocol: 'grpc', tls: certificates });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, NODE_EXTRA_CA_CERTS: '' };
  const wary = await startAgent({ cgroupRoot: host.cgroupRoot, env });
  try {
    await waitUntil('the error to be said', wary.log, (seen) => seen.includes('SND_EXP_TLS'), 30_000);
    const control = await connectControl(wary.dataDir);
    assert.deepEqual(await control.health(), { ok: true });
    assert.equal(sink.requests, 0);
  } finally {
    assert.equal(await wary.stop(), 0);
  }
  const trusting = await startAgent({
    cgroupRoot: host.cgroupRoot,
    env: { ...env, OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority },
  });
  await waitUntil(
    'points',
    () => sink.points().length,
    (count) => count > 0,
  );
  assert.equal(await trusting.stop(), 0);
  await sink.close();
});

test('settings that are wrong: exit code 2 and each one named, before anything is loaded', async () => {
  const agent = await startAgent({
    cgroupRoot: host.cgroupRoot,
    env: { SONDE_SYSCALLS: 'all', OTEL_METRIC_EXPORT_INTERVAL: 'soon', SONDE_SCOPES: 'host' },
    waitsForReady: false,
  });
  assert.equal(
    await waitUntil(
      'its end',
      () => agent.stop('SIGCONT'),
      () => true,
      10_000,
    ),
    2,
  );
  const text = agent.log();
  for (const part of ['SONDE_SYSCALLS', 'all', 'OTEL_METRIC_EXPORT_INTERVAL', 'soon', 'SONDE_SCOPES', 'SONDE_SCOPE']) {
    assert.ok(text.includes(part), `${part} in: ${text}`);
  }
});

test('a second agent on the same data directory is refused, with the pid of the first', async () => {
  const first = await startAgent({ cgroupRoot: host.cgroupRoot, dataDir });
  const second = await startAgent({ cgroupRoot: host.cgroupRoot, dataDir, waitsForReady: false });
  assert.equal(await second.stop('SIGCONT'), 1);
  assert.match(second.log(), new RegExp(`SND_AGT_DATA_DIR_LOCKED.*${first.pid}`));
  assert.equal(await first.stop(), 0);
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestHost } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { callsOf } from '../harness/workload.ts';

/**
 * The list of capabilities in deploy/ is enough, and what docs/deploy.md says is lost without one is what
 * is lost. The agent gets exactly these as its bounding set, as systemd and a runtime would give them.
 */
const ROOT = join(import.meta.dirname, '../..');
const COMPOSE = readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8');
const LIST = (parse(COMPOSE) as { services: { sonde: { cap_add: string[] } } }).services.sonde.cap_add;

let host: TestHost;
let collector: Collector;
const dataDir = mkdtempSync(join(tmpdir(), 'sonde-capabilities-'));

before(async () => {
  host = await openTestHost('capabilities');
  collector = await startCollector();
});

after(async () => {
  await host.close();
  await collector.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function withAgent(names: readonly string[], work: (log: () => string) => Promise<void>): Promise<void> {
  const bounding = ['-all', ...names.map((name) => `+${name.toLowerCase()}`)].join(',');
  const limits = [`--bounding-set=${bounding}`, '--inh-caps=-all', '--no-new-privs'];
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|SONDE_|NODE_TEST)/.test(name));
  const child = spawn('setpriv', [...limits, join(ROOT, 'scripts/sonde'), 'run'], {
    env: {
      ...Object.fromEntries(inherited),
      SONDE_CGROUP_ROOT: host.cgroupRoot,
      SONDE_DATA_DIR: dataDir,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  try {
    await waitUntil(
      'the agent to be ready',
      () => text,
      (seen) => /\bready\b/.test(seen),
      30_000,
    );
    await work(() => text);
  } finally {
    await end(child);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

/** A container of another user with an interface of its own: what it did, and what was reported of it. */
async function runNeighbour(): Promise<{ opens: number; sum(metric: string): number; has(metric: string): boolean }> {
  const args = ['sleep:1500', 'openat:29:/etc/hostname', 'sleep:2500', 'exit:0'];
  const neighbour = await host.runContainer({ args, network: 'bridge', create: { User: '65534:65534' } });
  await neighbour.wait();
  const resource = { 'container.id': neighbour.id };
  const points = (metric: string) => collector.latest(metric, resource);
  return {
    opens: callsOf(await neighbour.truth(), 'openat'),
    has: (metric) => points(metric).length > 0,
    sum: (metric) => points(metric).reduce((total, point) => total + point.value, 0),
  };
}

const OPENS = 'sonde.file.operations';

test('the documented list is enough for everything', async () => {
  await withAgent(LIST, async () => {
    const neighbour = await runNeighbour();
    assert.equal(neighbour.opens, 29);
    // 29 opens and 29 closes.
    await waitUntil(
      'opens and closes',
      () => neighbour.sum(OPENS),
      (total) => total === 58,
      15_000,
    );
    await waitUntil('network numbers', () => neighbour.has('container.network.io'), Boolean, 15_000);
    await waitUntil('disk bytes of its process', () => neighbour.has('process.disk.io'), Boolean, 15_000);
  });
});

test('without CAP_SYS_PTRACE calls are counted, network numbers and disk bytes of processes are missing', async () => {
  await withAgent(
    LIST.filter((name) => name !== 'SYS_PTRACE'),
    async () => {
      const neighbour = await runNeighbour();
      await waitUntil(
        'opens and closes',
        () => neighbour.sum(OPENS),
        (total) => total === 58,
        15_000,
      );
      assert.equal(neighbour.has('container.network.io'), false);
      assert.equal(neighbour.has('process.disk.io'), false);
    },
  );
});

test('without CAP_DAC_READ_SEARCH a process of another user has no disk bytes', async () => {
  await withAgent(
    LIST.filter((name) => name !== 'DAC_READ_SEARCH'),
    async () => {
      const neighbour = await runNeighbour();
      await waitUntil(
        'opens and closes',
        () => neighbour.sum(OPENS),
        (total) => total === 58,
        15_000,
      );
      await waitUntil('network numbers', () => neighbour.has('container.network.io'), Boolean, 15_000);
      assert.equal(neighbour.has('process.disk.io'), false);
    },
  );
});

test('without CAP_PERFMON every program is refused, by name', async () => {
  await withAgent(
    LIST.filter((name) => name !== 'PERFMON'),
    async (log) => {
      assert.match(log(), /SND_BPF_PROGRAM_REFUSED sd_tp_exec/);
      assert.match(log(), /SND_BPF_PROGRAM_REFUSED sd_tp_sys_exit/);
    },
  );
});

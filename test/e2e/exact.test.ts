import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { callsOf, ERRNO, failuresOf, type SYSCALL, type Truth } from '../harness/workload.ts';

/**
 * What a container did, counted by itself, against what Prometheus holds after kernel, agent, Collector:
 * equal to the last call. The workload has no libc, so its truth covers everything from its exec on.
 */
let host: TestHost;
let prometheus: Prometheus;
let collector: Collector;
let agent: AgentProcess;
const volume = mkdtempSync(join(tmpdir(), 'sonde-volume-'));

before(async () => {
  host = await openTestHost('exact');
  prometheus = await startPrometheus();
  collector = await startCollector({ prometheusUrl: prometheus.url });
  agent = await startAgent({
    cgroupRoot: host.cgroupRoot,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl },
  });
});

after(async () => {
  await agent?.stop();
  await collector?.stop();
  await prometheus?.stop();
  await host?.close();
  rmSync(volume, { recursive: true, force: true });
});

/** The last value of the one series that matches, ended or not. */
const last = (metric: string, container: TestContainer, labels: string): Promise<number> =>
  prometheus.value(`last_over_time(${metric}{container_name="${container.name}",${labels}}[10m])`);

async function settled(container: TestContainer, exits: number): Promise<void> {
  await prometheus.waitFor(
    `sum(last_over_time(sonde_process_exits_total{container_name="${container.name}"}[10m]))`,
    ([sample]) => sample?.value === exits,
  );
}

/** Which class each call of the workload belongs to, written down here from docs/metrics.md, not from the product. */
const CLASS_CALLS: Readonly<Record<string, readonly (keyof typeof SYSCALL)[]>> = {
  'file.read': ['read', 'pread64'],
  'file.write': ['write'],
  'file.open': ['openat'],
  'file.close': ['close'],
  'file.rename': ['rename'],
  'file.unlink': ['unlink'],
  'file.sync': ['fsync'],
  'net.socket': ['socket'],
  'net.connect': ['connect'],
  'process.clone': ['fork'],
  'process.wait': ['wait4'],
  'process.identity': ['getppid'],
};

async function assertCalls(container: TestContainer, truth: Truth): Promise<void> {
  for (const [name, calls] of Object.entries(CLASS_CALLS)) {
    const made = calls.reduce((sum, call) => sum + callsOf(truth, call), 0);
    if (made === 0) continue;
    const total = await prometheus.value(
      `sum(last_over_time(sonde_syscall_calls_total{container_name="${container.name}",sonde_syscall_class="${name}"}[10m]))`,
    );
    assert.equal(total, made, `${name}: calls in Prometheus against calls made`);
  }
  const execs = await last('sonde_syscall_calls_total', container, 'sonde_syscall_class="process.exec"');
  assert.equal(execs, truth.execs, 'process.exec');
}

test('opens, reads, writes of known size, creates, renames, unlinks, fsyncs: equal in Prometheus', async () => {
  const container = await host.runContainer({
    args: [
      'create:7:/data',
      'rename:5:/data',
      'create:3:/data',
      'unlink:2:/data',
      'write:100:1000:/data/w',
      'read:40:1000:/data/w',
      'pread:10:50:/data/w',
      'fsync:3:/data/w',
      'openat:500:/etc/passwd',
      'openfail:11:/missing',
      'write:30:2000:/tmp/t',
      'write:20:3000:/volume/v',
      'getppid:1234',
      'exit:3',
    ],
    hostConfig: { Tmpfs: { '/tmp': '' }, Binds: [`${volume}:/volume`] },
  });
  assert.equal(await container.wait(), 3);
  const truth = await container.truth();
  await settled(container, truth.exits);
  await assertCalls(container, truth);
  const failed = await last(
    'sonde_syscall_calls_total',
    container,
    'sonde_syscall_class="file.open",error_type="ENOENT"',
  );
  assert.equal(failed, failuresOf(truth, 'openat', ERRNO.ENOENT));
  assert.ok(failed >= 11);

  const bytes = (area: string, direction: string) =>
    last('sonde_file_io_bytes_total', container, `sonde_file_area="${area}",disk_io_direction="${direction}"`);
  assert.equal(await bytes('rootfs', 'write'), 100 * 1000);
  assert.equal(await bytes('rootfs', 'read'), 40 * 1000 + 10 * 50);
  assert.equal(await bytes('tmp', 'write'), 30 * 2000);
  assert.equal(await bytes('volume', 'write'), 20 * 3000);

  const operations = (operation: string, area: string) =>
    last('sonde_file_operations_total', container, `sonde_file_operation="${operation}",sonde_file_area="${area}"`);
  // w was made by the first open of `write`; `fsync` opened it again, `read` and `pread` once each.
  assert.equal(await operations('create', 'rootfs'), 7 + 3 + 1);
  assert.equal(await operations('open', 'rootfs'), 500 + 3);
  assert.equal(await operations('create', 'tmp'), 1);
  assert.equal(await operations('fsync', 'rootfs'), 3);
  assert.equal(await last('sonde_file_operations_total', container, 'sonde_file_operation="rename"'), 5);
  assert.equal(await last('sonde_file_operations_total', container, 'sonde_file_operation="unlink"'), 2);

  const exits = await last('sonde_process_exits_total', container, 'process_exit_code="3"');
  assert.equal(exits, 1);
});

test('connects refused and missing, children that exec, fork and die by signal: equal in Prometheus', async () => {
  const container = await host.runContainer({
    args: ['refused:25', 'unixfail:6', 'spawn:9:4', 'fork:8:2', 'kill:3:9', 'exit:0'],
  });
  assert.equal(await container.wait(), 0);
  const truth = await container.truth();
  await settled(container, truth.exits);
  await assertCalls(container, truth);
  const connect = (error: string) =>
    last('sonde_syscall_calls_total', container, `sonde_syscall_class="net.connect",error_type="${error}"`);
  assert.equal(await connect('ECONNREFUSED'), 25);
  assert.equal(await connect('ENOENT'), 6);

  const sum = (metric: string, labels = '') =>
    prometheus.value(`sum(last_over_time(${metric}{container_name="${container.name}",${labels}}[10m]))`);
  assert.equal(await sum('sonde_process_starts_total'), truth.forkedChildren);
  assert.equal(await sum('sonde_process_execs_total'), truth.execs);
  assert.equal(await sum('sonde_process_exits_total', 'process_exit_code="signal:SIGKILL"'), 3);
  assert.equal(await sum('sonde_process_exits_total', 'process_exit_code="2"'), 8);
  assert.equal(
    await sum('sonde_process_exits_total', 'process_exit_code="other"'),
    9,
    'exit code 4 has no class of its own',
  );
});

test('an OOM kill, the memory limit and the CPU limit are told', async () => {
  const container = await host.runContainer({
    args: ['sleep:1500', 'oom'],
    hostConfig: { Memory: 32 * 1024 * 1024, NanoCpus: 500_000_000 },
  });
  assert.equal(await container.wait(), 137);
  await settled(container, 1);
  assert.equal(await last('sonde_oom_kills_total', container, ''), 1);
  assert.equal(await last('sonde_container_memory_limit_bytes', container, ''), 32 * 1024 * 1024);
  assert.equal(await last('sonde_container_cpu_limit', container, ''), 0.5);
});

test('CPU time of a container that burned one second', async () => {
  const container = await host.runContainer({ args: ['burn:1000', 'exit:0'] });
  await container.wait();
  await settled(container, 1);
  const spentS = await prometheus.value(
    `sum(last_over_time(container_cpu_time_seconds_total{container_name="${container.name}"}[10m]))`,
  );
  assert.ok(spentS >= 0.95 && spentS < 1.3, `${spentS} s`);
});

test('a 50 ms container is counted and named; it stops being reported', async () => {
  const container = await host.runContainer({ args: ['getppid:77', 'exit:0'], hostConfig: { AutoRemove: true } });
  await settled(container, 1);
  assert.equal(await last('sonde_syscall_calls_total', container, 'sonde_syscall_class="process.identity"'), 77);
  const name = `sonde_syscall_calls_total{container_name="${container.name}"}`;
  await prometheus.waitFor(name, (samples) => samples.length === 0, 30_000);
});

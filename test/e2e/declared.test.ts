import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestHost } from '../harness/docker.ts';
import type { Point } from '../harness/otlp-json.ts';
import { waitUntil } from '../harness/wait.ts';

/**
 * otel-config/signals.yaml is the interface: what it declares arrives in a real backend, with the declared
 * unit, kind and attributes; and nothing arrives that it does not declare.
 */
interface Declared {
  unit: string;
  kind: 'counter' | 'updown' | 'gauge' | 'exponential_histogram' | 'histogram';
  attributes: string[];
}
const source = parse(readFileSync(join(import.meta.dirname, '../../otel-config/signals.yaml'), 'utf8')) as {
  metrics: Record<string, Declared>;
};

/** Only there when something goes wrong that this test does not provoke; who shows them instead. */
const SHOWN_ELSEWHERE = new Map([
  ['sonde.container.network.dropped', 'test/unit/aggregate/cgroup-series.test.ts: needs an interface that drops'],
  ['sonde.flow.retransmits', 'test/unit/aggregate/flow-book.test.ts: needs loss'],
  ['sonde.flow.imbalance', 'test/unit/aggregate/flow-book.test.ts: needs a cut connection'],
  ['dns.lookup.duration', 'test/e2e/flows-dns.test.ts'],
  ['sonde.container.network.errors', 'test/unit/aggregate/cgroup-series.test.ts: needs an interface that fails'],
]);

let host: TestHost;
let collector: Collector;
let agent: AgentProcess;

before(async () => {
  host = await openTestHost('declared');
  collector = await startCollector();
  agent = await startAgent({
    cgroupRoot: host.cgroupRoot,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl, SONDE_SYSCALLS: 'latency' },
  });
});

after(async () => {
  await agent?.stop();
  await collector?.stop();
  await host?.close();
});

test('every declared metric arrives as declared, and no other', async () => {
  await host.runContainer({
    args: [
      ...['create:20:/data', 'refused:3', 'spawn:3:0'],
      ...['write:2000:4096:/data/hot', 'fsync:1:/data/hot', 'burn:300', 'hold'],
    ],
    network: 'bridge',
    hostConfig: {
      Memory: 64 * 1024 * 1024,
      NanoCpus: 100_000_000,
      // On cgroup v1 this kernel counts a device only where some cgroup has a limit on it.
      BlkioDeviceWriteBps: [{ Path: rootDevice(), Rate: 1024 * 1024 * 1024 }],
    },
  });
  const talk =
    'nc -l -p 7000 > /dev/null & sleep 1; (dd if=/dev/zero bs=1000 count=100; sleep 2) | nc 127.0.0.1 7000; sleep 60';
  await host.runContainer({ args: ['sh', '-c', talk], isCommand: true });
  await host.runContainer({ args: ['oom'], hostConfig: { Memory: 16 * 1024 * 1024 } });

  const wanted = Object.keys(source.metrics).filter((name) => !SHOWN_ELSEWHERE.has(name));
  const missing = (): string[] => {
    const seen = new Set(ours().map((point) => point.metric));
    return wanted.filter((name) => !seen.has(name));
  };
  await waitUntil('no declared metric to be missing', missing, (names) => names.length === 0, 40_000, 500);

  const complaints = new Set<string>();
  for (const point of ours()) {
    const declared = source.metrics[point.metric];
    if (!declared) complaints.add(`${point.metric} is not declared`);
    else for (const complaint of differences(point, declared)) complaints.add(`${point.metric}: ${complaint}`);
  }
  assert.deepEqual([...complaints], []);
});

test('hot files are told with the path that the container sees', () => {
  const hot = collector.latest('sonde.file.hot').map((point) => point.attributes['file.path']);
  assert.ok(hot.length === 0 || hot.every((path) => String(path).startsWith('/')));
  const everHot = collector.points().filter((point) => point.metric === 'sonde.file.hot');
  assert.ok(everHot.some((point) => point.attributes['file.path'] === '/data/hot'));
});

/** The SDK's own `otel.sdk.*` are not ours to declare. */
const ours = (): Point[] => collector.points().filter((point) => !point.metric.startsWith('otel.'));

function differences(point: Point, declared: Declared): string[] {
  const kinds = { counter: 'sum', updown: 'sum', gauge: 'gauge', exponential_histogram: 'exponentialHistogram' };
  const kind = declared.kind === 'histogram' ? 'histogram' : kinds[declared.kind];
  const found: string[] = [];
  if (point.unit !== declared.unit) found.push(`unit ${point.unit}`);
  if (point.kind !== kind) found.push(`kind ${point.kind}`);
  if (point.kind === 'sum' && point.isMonotonic !== (declared.kind === 'counter')) found.push('monotonicity');
  for (const name of Object.keys(point.attributes)) {
    if (!declared.attributes.includes(name)) found.push(`attribute ${name}`);
  }
  return found;
}

/** The disk the test's containers write to. */
function rootDevice(): string {
  const line = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((text) => text.split(' ')[1] === '/');
  return line?.split(' ')[0] ?? '/dev/vda';
}

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { type OtlpSink, startSink } from '../harness/otlp-sink.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained } from '../kernel/contain.ts';
import { flowWorkload, parseFlowTruths } from '../kernel/flow-truth.ts';

const root = `/sonde-test/e2e-dns-${process.pid}`;
let sink: OtlpSink;
let agent: AgentProcess;

before(async () => {
  makeCgroup(root);
  sink = await startSink({ protocol: 'grpc' });
  agent = await startAgent({ cgroupRoot: root, env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint } });
});

after(async () => {
  await agent?.stop();
  await sink?.close();
  removeCgroup(root);
});

test('each look-up is in the backend by name, type and code; what is dialled after it carries the name', async () => {
  makeCgroup(`${root}/dns`);
  const { code, stdout } = await runContained(`${root}/dns`, flowWorkload(['dns']));
  assert.equal(code, 0);
  const [truth] = parseFlowTruths(stdout);
  assert.ok(truth);
  const lookups = () => {
    const counts = new Map<string, number>();
    for (const { metric, attributes, histogram } of sink.points()) {
      if (metric !== 'dns.lookup.duration' || !histogram) continue;
      const { 'dns.question.name': name, 'sonde.dns.question.type': type, 'error.type': error } = attributes;
      counts.set(`${name} ${type} ${error ?? ''}`, Number(histogram.count));
    }
    return Object.fromEntries(counts);
  };
  await waitUntil('the look-ups', lookups, (counts) => (counts['tcp.example TXT SERVFAIL'] ?? 0) >= 2);
  assert.deepEqual(lookups(), {
    'web.example A ': 1,
    'nowhere.example AAAA NXDOMAIN': 1,
    'six.example AAAA ': 1,
    'tcp.example TXT SERVFAIL': 2,
  });
  const io = () =>
    sink
      .points()
      .filter(
        ({ metric, attributes }) =>
          metric === 'sonde.flow.io' && attributes['server.port'] === BigInt(truth.serverPort),
      );
  await waitUntil(
    'the connection',
    () => new Set(io().map(({ attributes }) => attributes['sonde.flow.role'])).size,
    (n) => n === 2,
  );
  const addressAt = (role: string) =>
    io().find(({ attributes }) => attributes['sonde.flow.role'] === role)?.attributes['server.address'];
  assert.equal(addressAt('client'), 'web.example', 'as its container asked for it');
  assert.equal(addressAt('server'), '127.0.0.1', 'where it accepted');
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import type { FlowRow } from '../../src/model/flow-view.ts';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { run as runCommand } from '../harness/command.ts';
import type { SinkPoint } from '../harness/otlp/decode.ts';
import { type OtlpSink, startSink } from '../harness/otlp-sink.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained, startContained } from '../kernel/contain.ts';
import { type FlowTruth, flowWorkload, parseFlowTruths } from '../kernel/flow-truth.ts';

/** What connections moved, counted by their own processes, against what arrives over OTLP: equal to the byte. */
const root = `/sonde-test/e2e-flows-${process.pid}`;
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

type Labels = Readonly<Record<string, unknown>>;

/** The last value of each series that matches. */
function last(metric: string, labels: Labels): SinkPoint[] {
  const bySeries = new Map<string, SinkPoint>();
  for (const point of sink.points()) {
    if (point.metric !== metric || point.asInt === undefined) continue;
    if (!Object.entries(labels).every(([name, value]) => point.attributes[name] === value)) continue;
    bySeries.set(inspect([point.resource, point.attributes], { depth: 4 }), point);
  }
  return [...bySeries.values()];
}

const sum = (metric: string, labels: Labels): number =>
  last(metric, labels).reduce((total, { asInt }) => total + Number(asInt), 0);

async function run(name: string, scenarios: readonly string[]): Promise<FlowTruth[]> {
  makeCgroup(`${root}/${name}`);
  const { code, stdout } = await runContained(`${root}/${name}`, flowWorkload(scenarios));
  assert.equal(code, 0);
  return parseFlowTruths(stdout);
}

test('bytes, messages and connections of both ends are equal in the backend', async () => {
  const truths = await run('exact', ['plain:4', 'plain:6', 'mapped', 'splice', 'peek', 'half_close', 'refused']);
  const connections = truths.filter(({ client }) => client !== undefined);
  const wanted = (role: 'client' | 'server', key: 'tx' | 'rx') =>
    connections.reduce((total, truth) => total + (truth[role]?.[key] ?? 0), 0);
  const byRole = (role: string) => ({ 'sonde.flow.role': role });
  await waitUntil(
    'all connections to be closed in the backend',
    () => sum('sonde.flow.connections', { 'sonde.flow.event': 'closed' }),
    (n) => n >= connections.length * 2,
    20_000,
  );
  for (const role of ['client', 'server'] as const) {
    assert.equal(
      sum('sonde.flow.io', { ...byRole(role), 'network.io.direction': 'transmit' }),
      wanted(role, 'tx'),
      role,
    );
    assert.equal(
      sum('sonde.flow.io', { ...byRole(role), 'network.io.direction': 'receive' }),
      wanted(role, 'rx'),
      role,
    );
  }
  assert.equal(sum('sonde.flow.connections', { 'sonde.flow.event': 'opened' }), connections.length * 2);
  // Its other end is looked for a while: it has none.
  const failed = () => sum('sonde.flow.connections', { 'sonde.flow.event': 'failed' });
  await waitUntil('the failure', failed, (n) => n > 0);
  assert.equal(sum('sonde.flow.connections', { 'sonde.flow.event': 'failed', 'error.type': 'refused' }), 1);
  assert.equal(sum('sonde.flow.active', {}), 0);
  const peers = last('sonde.flow.io', {}).map(({ attributes }) => attributes['sonde.peer.kind']);
  assert.deepEqual(new Set(peers), new Set(['container']), 'both ends were found');
  for (const { attributes } of last('sonde.flow.io', {})) {
    assert.ok(connections.some(({ serverPort }) => BigInt(serverPort) === attributes['server.port']));
    assert.equal(attributes['process.executable.name'], 'python3');
  }
});

/** Connections that stay open until the test ends; what their own processes say of the first. */
async function holdConnections(t: TestContext, name: string): Promise<FlowTruth | undefined> {
  makeCgroup(`${root}/${name}`);
  const child = startContained(`${root}/${name}`, flowWorkload(['hold']));
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(
    'the connections',
    () => output,
    (text) => text.includes('"hold"'),
  );
  return parseFlowTruths(output)[0];
}

test('`sonde flows` prints both ends of an open connection, as a table and as JSON', async (t) => {
  const truth = await holdConnections(t, 'listed');
  assert.ok(truth?.client);
  const env = { SONDE_DATA_DIR: agent.dataDir };
  const list = async () => {
    const text = await runCommand('scripts/sonde', ['flows', '--json'], { env: { ...process.env, ...env } });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FlowRow);
  };
  const both = (rows: FlowRow[]) => rows.filter(({ serverPort }) => serverPort === truth.serverPort);
  const rows = both(
    await waitUntil(
      'both ends',
      list,
      (all) => both(all).length === 2 && both(all).every(({ receivedBytes }) => receivedBytes > 0),
    ),
  );
  const client = rows.find(({ role }) => role === 'client');
  const server = rows.find(({ role }) => role === 'server');
  assert.ok(client && server);
  assert.equal(client.transmittedBytes, truth.client.tx);
  assert.equal(client.receivedBytes, truth.client.rx);
  assert.equal(server.transmittedBytes, client.receivedBytes);
  assert.equal(server.receivedBytes, client.transmittedBytes);
  assert.equal(client.peer.name, server.containerName);
  assert.equal(server.peer.name, client.containerName);
  for (const { peer, activeConnections } of rows) {
    assert.equal(peer.confidence, 'confirmed');
    assert.equal(peer.process, 'python3');
    assert.equal(activeConnections, 1);
  }
  const table = await runCommand('scripts/sonde', ['flows'], { env: { ...process.env, ...env, LC_ALL: 'C' } });
  assert.match(table, /^ +CONTAINER +PROCESS .*SENT/m);
  assert.match(table, new RegExp(`listed +python3 +-> +listed .*127\\.0\\.0\\.1:${truth.serverPort} .*confirmed`));
});

test('without an agent `sonde flows` looks for itself, and finds what is open; --watch goes on until stopped', async (t) => {
  const truth = await holdConnections(t, 'alone');
  assert.ok(truth?.client);
  const dataDir = mkdtempSync(join(tmpdir(), 'sonde-flows-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const env = { ...process.env, SONDE_DATA_DIR: dataDir, SONDE_CGROUP_ROOT: root };
  const watching = spawn('scripts/sonde', ['flows', '--json', '--watch'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => watching.kill('SIGKILL'));
  let lines = '';
  let said = '';
  watching.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString()));
  watching.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const rowsOf = () =>
    lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as FlowRow & { timeMs: number; transmittedRateBytesPerSec?: number })
      .filter(({ serverPort }) => serverPort === truth.serverPort);
  await waitUntil(
    'three views',
    () => new Set(rowsOf().map(({ timeMs }) => timeMs)).size,
    (views) => views >= 3,
    40_000,
  );
  watching.kill('SIGTERM');
  const [code] = (await once(watching, 'exit')) as [number];
  assert.equal(code, 0, said);
  assert.match(said, /no agent runs here/);
  const last = rowsOf().findLast(({ role }) => role === 'client');
  assert.equal(last?.transmittedBytes, truth.client.tx);
  assert.equal(last?.transmittedRateBytesPerSec, 0);
  assert.equal(last?.peer.confidence, 'confirmed');
});

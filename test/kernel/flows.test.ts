import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { FlowClosed } from '../../src/model/flow-facts.ts';
import { makeCgroup } from '../harness/cgroup.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained, startContained } from './contain.ts';
import { buildUring, type FlowTruth, flowWorkload, parseFlowTruths } from './flow-truth.ts';
import { type OpenKernel, openKernel } from './open-kernel.ts';

/** Where one call of the workload is several sends or receives of the kernel, or the other way round. */
const UNCOUNTED_CALLS = new Set(['bulk', 'sendfile', 'splice']);
const SCENARIOS = [
  'plain:4',
  'plain:6',
  'mapped',
  'bulk',
  'writev',
  'sendfile',
  'splice',
  'peek',
  'half_close',
  'half_close_unread',
  'abort',
  'read_after_reset',
  'death',
  'fast_open',
  'reuse',
];

function ends(
  kernel: OpenKernel,
  truth: FlowTruth,
): { client: FlowClosed | undefined; server: FlowClosed | undefined } {
  const closed = kernel.flows.filter((fact) => fact.kind === 'flow-closed');
  const find = (localPort: number, remotePort: number, role: string) =>
    closed.find(
      ({ ends: { tuple, role: own } }) =>
        own === role && tuple.localPort === localPort && tuple.remotePort === remotePort,
    );
  return {
    client: find(truth.clientPort, truth.serverPort, 'client'),
    server: find(truth.serverPort, truth.clientPort, 'server'),
  };
}

async function run(kernel: OpenKernel, scenarios: readonly string[]): Promise<FlowTruth[]> {
  const { code, stdout } = await runContained(kernel.make('flows'), flowWorkload(scenarios));
  assert.equal(code, 0);
  return parseFlowTruths(stdout);
}

const closedCount = (kernel: OpenKernel): number => kernel.flows.filter(({ kind }) => kind === 'flow-closed').length;

test('each end of each connection is closed once, with exactly the bytes its calls moved', async (t) => {
  const kernel = await openKernel(t);
  const truths = await run(kernel, SCENARIOS);
  await waitUntil(
    'both ends of all connections',
    () => closedCount(kernel),
    (n) => n >= truths.length * 2,
    5000,
    50,
  );
  assert.equal(closedCount(kernel), truths.length * 2);
  for (const truth of truths) {
    const { client, server } = ends(kernel, truth);
    assert.ok(client && server, `${truth.name}: both ends`);
    for (const [fact, own] of [
      [client, truth.client],
      [server, truth.server],
    ] as const) {
      const what = `${truth.name}, ${fact.ends.role}`;
      assert.deepEqual([fact.counts.sentBytes, fact.counts.receivedBytes], [own?.tx, own?.rx], `${what}: bytes`);
      if (UNCOUNTED_CALLS.has(truth.name)) continue;
      assert.deepEqual(
        [fact.counts.sentMessages, fact.counts.receivedMessages],
        [own?.sends, own?.receives],
        `${what}: messages`,
      );
    }
    assert.ok(client.ends.fingerprint, truth.name);
    assert.deepEqual(client.ends.fingerprint, server.ends.fingerprint, `${truth.name}: one fingerprint`);
    assert.equal(client.ends.processName, 'python3');
    assert.ok(client.ends.connectDurationUs !== undefined && server.ends.connectDurationUs === undefined);
  }
  const byName = (name: string) => ends(kernel, truths.find((truth) => truth.name === name) as FlowTruth);
  const { client: aborting, server: aborted } = byName('abort');
  assert.deepEqual([aborting?.isAborted, aborting?.errno, aborted?.errno], [true, 0, 104]);
  assert.deepEqual([byName('plain4').client?.errno, byName('plain4').client?.isAborted], [0, false]);
  assert.equal(byName('plain4').client?.ends.tuple.remoteAddress, '127.0.0.1');
  assert.deepEqual(
    [byName('plain6').client?.ends.tuple.networkType, byName('plain6').client?.ends.tuple.remoteAddress],
    ['ipv6', '::1'],
  );
  assert.deepEqual(
    [byName('mapped').server?.ends.tuple.networkType, byName('mapped').server?.ends.tuple.localAddress],
    ['ipv4', '127.0.0.1'],
  );
});

for (const mode of ['plain', 'sqpoll']) {
  test(`io_uring, ${mode}: bytes, messages and the process, not its kernel thread`, async (t) => {
    const kernel = await openKernel(t);
    const { stdout } = await runContained(kernel.make('uring'), [buildUring(), mode]);
    const [truth] = parseFlowTruths(stdout);
    assert.ok(truth?.client && truth.server);
    await waitUntil(
      'both ends',
      () => closedCount(kernel),
      (n) => n === 2,
      5000,
      50,
    );
    const { client, server } = ends(kernel, truth);
    assert.ok(client && server);
    assert.deepEqual([client.counts.sentBytes, client.counts.sentMessages], [truth.client.tx, truth.client.sends]);
    assert.deepEqual(
      [server.counts.receivedBytes, server.counts.receivedMessages],
      [truth.server.rx, truth.server.receives],
    );
    assert.deepEqual(
      [client.ends.processName, server.ends.processName],
      Array(2).fill(buildUring().split('/').at(-1)?.slice(0, 15)),
    );
  });
}

test('five thousand connections as fast as they go: each opened and closed once, every byte', async (t) => {
  const kernel = await openKernel(t);
  const count = 5000;
  const [truth] = await run(kernel, [`many:${count}`]);
  await waitUntil(
    'the ends',
    () => closedCount(kernel),
    (n) => n >= 2 * count,
    5000,
    50,
  );
  t.diagnostic(`${count} connections in ${Number(truth?.['seconds']).toFixed(2)} s`);
  assert.equal(kernel.probe.drops()['ring_full'], 0);
  const ids = new Set(kernel.flows.map((fact) => (fact.kind === 'flow-opened' ? fact.ends.id : 0)));
  ids.delete(0);
  assert.deepEqual([ids.size, closedCount(kernel)], [2 * count, 2 * count]);
  for (const fact of kernel.flows) {
    if (fact.kind !== 'flow-closed') continue;
    assert.deepEqual([fact.counts.sentBytes, fact.counts.receivedBytes, fact.errno], [100, 100, 0]);
  }
});

test('a refused connect is one failure and no connection', async (t) => {
  const kernel = await openKernel(t);
  const [truth] = await run(kernel, ['refused']);
  await waitUntil(
    'the failure',
    () => kernel.flows.length,
    (n) => n > 0,
    5000,
    50,
  );
  assert.deepEqual(
    kernel.flows.map(({ kind }) => kind),
    ['flow-failed'],
  );
  const [failed] = kernel.flows;
  assert.ok(failed?.kind === 'flow-failed' && truth);
  assert.equal(failed.errno, 111);
  assert.deepEqual(
    [failed.ends.tuple.localPort, failed.ends.tuple.remotePort, failed.ends.processName, failed.ends.fingerprint],
    [truth.clientPort, truth.serverPort, 'python3', undefined],
  );
});

test('an accepted connection belongs to the process that uses it, not to the one that listens', async (t) => {
  const kernel = await openKernel(t);
  const { stdout } = await runContained(kernel.make('fork'), flowWorkload(['accept_in_child']));
  const [, truth] = parseFlowTruths(stdout);
  assert.ok(truth);
  await waitUntil(
    'both ends',
    () => closedCount(kernel),
    (n) => n === 2,
    5000,
    50,
  );
  const { client, server } = ends(kernel, truth);
  assert.ok(client?.ends.pid !== undefined && server?.ends.pid !== undefined);
  const started = kernel.all('process-started').map(({ pid }) => pid);
  assert.ok(started.includes(server.ends.pid), 'the server is the child');
  assert.ok(!started.includes(client.ends.pid), 'the client is the parent');
});

test('connections opened before the programs are found with what they had moved, and followed while they live', async (t) => {
  let child: ReturnType<typeof startContained> | undefined;
  let output = '';
  const kernel = await openKernel(t, {}, {}, async (root) => {
    makeCgroup(`${root}/old`);
    child = startContained(`${root}/old`, flowWorkload(['hold']));
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitUntil(
      'the connections',
      () => output,
      (text) => text.includes('"hold"'),
    );
  });
  t.after(() => child?.kill());
  kernel.probe.claimSlot(0, kernel.idOf(`${kernel.root}/old`), 0);
  await kernel.probe.adoptSockets([]);
  await kernel.pass(false);
  const [truth] = parseFlowTruths(output);
  assert.ok(truth?.client && truth.server);
  const opened = kernel.flows.filter((fact) => fact.kind === 'flow-opened');
  assert.equal(opened.length, 8, 'two ends of four connections');
  assert.ok(opened.every(({ ends }) => ends.openedBootNs === undefined && ends.processName === 'python3'));
  const find = (port: number) => opened.find(({ ends: { tuple } }) => tuple.localPort === port);
  const client = find(truth.clientPort);
  const server = find(truth.serverPort);
  assert.ok(client && server);
  assert.deepEqual([client.ends.role, server.ends.role], ['client', 'server']);
  assert.deepEqual([client.counts.sentBytes, client.counts.receivedBytes], [truth.client.tx, truth.client.rx]);
  assert.deepEqual([server.counts.sentBytes, server.counts.receivedBytes], [truth.server.tx, truth.server.rx]);
  assert.ok(client.ends.fingerprint);
  assert.deepEqual(client.ends.fingerprint, server.ends.fingerprint);

  const seen = kernel.flows.length;
  await kernel.pass(false);
  assert.equal(kernel.flows.length, seen, 'nothing moved: nothing said');
  child?.stdin.write('\n');
  await waitUntil(
    'more bytes',
    () => output,
    (text) => text.includes('"held"'),
  );
  await kernel.pass(false);
  const counted = kernel.flows.slice(seen);
  assert.deepEqual(
    counted.map((fact) => fact.kind === 'flow-counted' && fact.id).sort(),
    [client.ends.id, server.ends.id].sort(),
  );
  const sent = counted.find((fact) => fact.kind === 'flow-counted' && fact.id === client.ends.id);
  assert.ok(sent?.kind === 'flow-counted');
  assert.equal(sent.counts.sentBytes, truth.client.tx + 1000);
  assert.ok(sent.counts.rttUs !== undefined, 'data was acknowledged');
  await kernel.pass(true);
  assert.equal(kernel.flows.length, seen + 2 + 8, 'a full pass says all');
  child?.stdin.write('\n');
  await waitUntil(
    'the ends',
    () => closedCount(kernel),
    (n) => n === 8,
    5000,
    50,
  );
});

test('twenty thousand idle sockets open before the programs are all found, and a pass stays cheap', async (t) => {
  const processes = 20;
  const each = 500;
  const program = join(mkdtempSync(join(tmpdir(), 'sonde-idle-')), 'flow-rounds');
  execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, '../bench/flow-rounds.c')]);
  t.after(() => rmSync(dirname(program), { recursive: true }));
  const children: ReturnType<typeof startContained>[] = [];
  t.after(() => Promise.all(children.map((child) => new Promise((resolve) => child.on('exit', resolve).stdin.end()))));
  let ready = 0;
  const kernel = await openKernel(t, {}, {}, async (root) => {
    makeCgroup(`${root}/idle`);
    for (let i = 0; i < processes; i++) {
      const child = startContained(`${root}/idle`, [program, 'idle', String(each)]);
      child.stdout.on('data', () => ready++);
      children.push(child);
    }
    await waitUntil(
      'the connections',
      () => ready,
      (n) => n === processes,
      60_000,
    );
  });
  kernel.probe.claimSlot(0, kernel.idOf(`${kernel.root}/idle`), 0);
  await kernel.probe.adoptSockets([]);
  await kernel.pass(false);
  const opened = kernel.flows.filter((fact) => fact.kind === 'flow-opened');
  assert.equal(opened.length, processes * each * 2);
  assert.equal(new Set(opened.map(({ ends: { pid } }) => pid)).size, processes);
  const prints = new Map<string, number>();
  for (const { ends } of opened) {
    const key = `${ends.fingerprint?.clientIsn} ${ends.fingerprint?.serverIsn}`;
    prints.set(key, (prints.get(key) ?? 0) + 1);
  }
  assert.equal(prints.size, processes * each);
  assert.ok(
    [...prints.values()].every((count) => count === 2),
    'each connection joins its two ends',
  );
  const startMs = performance.now();
  await kernel.pass(false);
  const tookMs = performance.now() - startMs;
  t.diagnostic(`a pass in which nothing changed: ${tookMs.toFixed(1)} ms`);
  assert.equal(kernel.flows.length, opened.length);
  assert.ok(tookMs < 250, `${tookMs} ms`);
});

test('what the ring had no room for is in the pass, or counted with its bytes', async (t) => {
  const kernel = await openKernel(t, {}, { ringBytes: 4096 });
  const count = 300;
  await run(kernel, [`many:${count}`]);
  const slot = kernel.probe.claimSlot(0, kernel.idOf(`${kernel.root}/flows`), 0);
  await waitUntil(
    'the ring to be read',
    () => closedCount(kernel),
    (n) => n > 0,
    5000,
    50,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok((kernel.probe.drops()['ring_full'] ?? 0) > 0, 'the ring was too small');
  const cells = kernel.cells(slot);
  // A flow's last record says what user space knows of it.
  const known = new Map<number, { sentBytes: number; receivedBytes: number }>();
  for (const fact of kernel.flows) if (fact.kind === 'flow-opened') known.set(fact.ends.id, fact.counts);
  for (const fact of kernel.flows) if (fact.kind === 'flow-closed') known.set(fact.ends.id, fact.counts);
  assert.ok(cells.lostFlows > 0);
  assert.equal(known.size + cells.lostFlows, 2 * count);
  const sum = (key: 'sentBytes' | 'receivedBytes') =>
    [...known.values()].reduce((total, counts) => total + counts[key], 0);
  assert.equal(sum('sentBytes') + cells.lostFlowSentBytes, 2 * 100 * count);
  assert.equal(sum('receivedBytes') + cells.lostFlowReceivedBytes, 2 * 100 * count);
});

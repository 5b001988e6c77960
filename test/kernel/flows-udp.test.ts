import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowClosed } from '../../src/model/flow-facts.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained, startContained } from './contain.ts';
import { flowWorkload, parseFlowTruths } from './flow-truth.ts';
import { openKernel } from './open-kernel.ts';

test('UDP: both ends of each pair, connected or not, with their peers, exactly, at the end of the socket', async (t) => {
  const kernel = await openKernel(t);
  const { code, stdout } = await runContained(
    kernel.make('udp'),
    flowWorkload(['udp:4', 'udp:6', 'udp_unconnected:4', 'udp_unconnected:6']),
  );
  assert.equal(code, 0);
  const truths = parseFlowTruths(stdout);
  const closed = () => kernel.flows.filter((fact): fact is FlowClosed => fact.kind === 'flow-closed');
  await waitUntil('the ends', closed, (facts) => facts.length >= truths.length * 2, 5000, 50);
  assert.equal(closed().length, truths.length * 2);
  for (const truth of truths) {
    const find = (localPort: number, remotePort: number) =>
      closed().find(({ ends: { tuple } }) => tuple.localPort === localPort && tuple.remotePort === remotePort);
    for (const [fact, own, role] of [
      [find(truth.clientPort, truth.serverPort), truth.client, 'client'],
      [find(truth.serverPort, truth.clientPort), truth.server, 'server'],
    ] as const) {
      const what = `${truth.name}, ${role}`;
      assert.ok(fact && own, what);
      const { counts, ends } = fact;
      assert.deepEqual([ends.role, ends.tuple.transport, ends.processName], [role, 'udp', 'python3'], what);
      assert.equal(ends.tuple.networkType, truth.name.endsWith('6') ? 'ipv6' : 'ipv4', what);
      assert.deepEqual(
        [counts.sentBytes, counts.receivedBytes, counts.sentMessages, counts.receivedMessages],
        [own.tx, own.rx, own.sends, own.receives],
        what,
      );
    }
  }
});

test('UDP: one server socket and fifty clients are fifty flows, told while the socket lives', async (t) => {
  const kernel = await openKernel(t);
  const child = startContained(kernel.make('many'), flowWorkload(['udp_many']));
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(
    'the datagrams',
    () => output,
    (text) => text.includes('udp_held'),
  );
  const truths = parseFlowTruths(output).filter(({ name }) => name === 'udp_many');
  await kernel.pass(false);
  const opened = kernel.flows.filter((fact) => fact.kind === 'flow-opened' && fact.ends.role === 'server');
  assert.equal(opened.length, truths.length);
  for (const truth of truths) {
    const own = opened.find((fact) => fact.kind === 'flow-opened' && fact.ends.tuple.remotePort === truth.clientPort);
    assert.ok(own?.kind === 'flow-opened', `client ${truth.clientPort}`);
    assert.deepEqual([own.counts.receivedBytes, own.counts.sentBytes], [truth['size'], 7]);
  }
});

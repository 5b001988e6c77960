import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContainer } from '../harness/docker.ts';
import { addressOf, endpoints, type FlowApps, openFlowApps, truthOf } from '../harness/flow-apps.ts';
import { client, server } from '../harness/flow-points.ts';
import { waitUntil } from '../harness/wait.ts';

/** What `test/e2e/flows-*.test.ts` shows with thousands, with as many as a host has. */
const PAIRS = 2;
const IDLE_PER_PAIR = 10_000;
const CHURN = 5_000;
let apps: FlowApps;
const servers: TestContainer[] = [];
const clients: TestContainer[] = [];

before(async () => {
  apps = await openFlowApps('flow-many');
  const { user } = apps.networks;
  for (let index = 0; index < PAIRS; index++) {
    const port = 7000 + index;
    const to = await apps.run(endpoints('keep', port, 10), { network: user, isServer: true });
    const { v4 } = await addressOf(apps.host, to, user);
    servers.push(to);
    clients.push(await apps.run(endpoints('hold', v4, port, IDLE_PER_PAIR, 10), { network: user }));
  }
  for (const holder of clients)
    await waitUntil(
      'idle connections',
      () => holder.output(),
      (text) => text.includes('"tx"'),
      180_000,
    );
  await apps.startAgent();
});

after(async () => {
  await apps?.close();
});

test('20,000 connections older than the agent: all found, with their owners, totals and other ends', async () => {
  const { points } = apps;
  for (const [index, from] of clients.entries()) {
    const to = servers[index];
    assert.ok(to);
    const port = 7000 + index;
    const truth = truthOf(await from.output());
    const seen = () => ({
      active: [points.sum('sonde.flow.active', from, client(port)), points.sum('sonde.flow.active', to, server(port))],
      client: points.io(from, client(port)),
      server: points.io(to, server(port)),
    });
    const wanted = {
      active: [IDLE_PER_PAIR, IDLE_PER_PAIR],
      client: { tx: truth.tx, rx: truth.rx },
      server: { tx: truth.rx, rx: truth.tx },
    };
    const isDone = (now: unknown) => JSON.stringify(now) === JSON.stringify(wanted);
    await waitUntil('all of them', seen, isDone, 60_000).catch(() => undefined);
    assert.deepEqual(seen(), wanted);
    assert.deepEqual(points.values(from, 'sonde.peer.container.id'), [to.id]);
    assert.deepEqual(points.values(to, 'sonde.peer.container.id'), [from.id]);
  }
});

test('5,000 connections opened and closed as fast as it goes, beside them', async () => {
  const { user } = apps.networks;
  const { points } = apps;
  const to = await apps.run(endpoints('echo', 7300), { network: user, isServer: true });
  const from = await apps.run(endpoints('wait'), { network: user });
  const { v4 } = await addressOf(apps.host, to, user);
  const truth = await apps.call(from, 'churn', v4, '7300', String(CHURN), '100');
  const seen = () => ({
    closed: [points.connections(from, 'closed', client(7300)), points.connections(to, 'closed', server(7300))],
    client: points.io(from, client(7300)),
    server: points.io(to, server(7300)),
  });
  const wanted = {
    closed: [CHURN, CHURN],
    client: { tx: truth.tx, rx: truth.rx },
    server: { tx: truth.rx, rx: truth.tx },
  };
  const isDone = (now: unknown) => JSON.stringify(now) === JSON.stringify(wanted);
  await waitUntil('all of them', seen, isDone, 60_000).catch(() => undefined);
  assert.deepEqual(seen(), wanted, `in ${truth.seconds} s`);
  assert.deepEqual(points.values(from, 'sonde.peer.container.id'), [to.id]);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../harness/command.ts';
import type { TestContainer } from '../harness/docker.ts';
import { addressOf, endpoints, endServer, type FlowApps, openFlowApps } from '../harness/flow-apps.ts';
import { client, server } from '../harness/flow-points.ts';
import { waitUntil } from '../harness/wait.ts';

/** Connections that end badly, live shortly, lose their translation or their address: nothing false, nothing missed. */
const CHURN = 2_000;
const SETTLE_MS = 30_000;
let apps: FlowApps;
let caller: TestContainer;

before(async () => {
  apps = await openFlowApps('flow-life');
  await apps.startAgent();
  caller = await apps.run(endpoints('wait'), { network: apps.networks.user });
});

after(async () => {
  await apps?.close();
});

test('2,000 connections opened and closed within seconds: every one counted, at both ends', async () => {
  const to = await apps.run(endpoints('echo', 7300), { network: apps.networks.user, isServer: true });
  const { v4 } = await addressOf(apps.host, to, apps.networks.user);
  const truth = await apps.call(caller, 'churn', v4, '7300', String(CHURN), '100');
  const serverTruth = await endServer(to);
  assert.deepEqual([serverTruth.tx, serverTruth.rx, serverTruth.connections], [truth.rx, truth.tx, CHURN]);
  const { points } = apps;
  const seen = () => ({
    closed: [points.connections(caller, 'closed', client(7300)), points.connections(to, 'closed', server(7300))],
    client: points.io(caller, client(7300)),
    server: points.io(to, server(7300)),
  });
  const wanted = {
    closed: [CHURN, CHURN],
    client: { tx: truth.tx, rx: truth.rx },
    server: { tx: truth.rx, rx: truth.tx },
  };
  const isDone = (now: ReturnType<typeof seen>) => JSON.stringify(now) === JSON.stringify(wanted);
  await waitUntil('all connections', seen, isDone, SETTLE_MS).catch(() => undefined);
  assert.deepEqual(seen(), wanted, `in ${truth.seconds} s`);
  assert.deepEqual(points.values(caller, 'sonde.peer.container.id', client(7300)), [to.id]);
  assert.deepEqual(points.values(to, 'sonde.peer.container.id', server(7300)), [caller.id]);
});

test('a container killed in the middle of a transfer: its server got what sonde says, nothing stays open', async () => {
  const to = await apps.run(endpoints('echo', 7400, 'sink'), { network: apps.networks.user, isServer: true });
  const { v4 } = await addressOf(apps.host, to, apps.networks.user);
  const from = await apps.run(endpoints('pour', v4, 7400), { network: apps.networks.user });
  const { points } = apps;
  await waitUntil(
    'the transfer',
    () => points.io(from, client(7400)).tx,
    (tx) => tx > 1_000_000,
    SETTLE_MS,
  );
  await from.signal('SIGKILL');
  await from.wait();
  await waitUntil(
    'its end',
    () => points.connections(from, 'closed', client(7400)),
    (n) => n === 1,
    SETTLE_MS,
  );
  assert.equal(points.sum('sonde.flow.active', from, client(7400)), 0);
  const truth = await endServer(to);
  const received = () => points.io(to, server(7400)).rx;
  await waitUntil('what the server took', received, (rx) => rx === truth.rx, SETTLE_MS).catch(() => undefined);
  assert.equal(received(), truth.rx);
  const { tx } = points.io(from, client(7400));
  assert.ok(tx >= truth.rx, `accepted from the killed process: ${tx}, arrived: ${truth.rx}`);
  assert.deepEqual(points.values(to, 'sonde.peer.container.id', server(7400)), [from.id]);
});

test('an address that another container has within a second makes no false edge', async () => {
  const { user, prefix } = apps.networks;
  const address = `${prefix}.77`;
  const create = { NetworkingConfig: { EndpointsConfig: { [user]: { IPAMConfig: { IPv4Address: address } } } } };
  const options = { network: user, isServer: true, create };
  const truths = new Map<string, { tx: number; rx: number }>();
  let freedAtMs = 0;
  for (const size of [1_000, 2_000, 3_000]) {
    const to = await apps.run(endpoints('echo', 7500), options);
    if (freedAtMs > 0) assert.ok(Date.now() - freedAtMs < 3_000, 'the address was used again at once');
    const { tx, rx } = await apps.call(caller, 'churn', address, '7500', '8', String(size));
    truths.set(to.id, { tx, rx });
    await apps.host.docker.getContainer(to.id).remove({ force: true });
    freedAtMs = Date.now();
  }
  const seen = () =>
    Object.fromEntries(
      [...truths.keys()].map((id) => [id, apps.points.io(caller, client(7500, { 'sonde.peer.container.id': id }))]),
    );
  const wanted = Object.fromEntries(truths);
  await waitUntil('each edge', seen, (now) => JSON.stringify(now) === JSON.stringify(wanted), SETTLE_MS).catch(
    () => undefined,
  );
  assert.deepEqual(seen(), wanted);
});

test('a connection whose translation conntrack forgets stays what it was', async () => {
  const to = await apps.run(endpoints('echo', 7600), {
    network: 'bridge',
    isServer: true,
    create: { ExposedPorts: { '7600/tcp': {} } },
    hostConfig: { PortBindings: { '7600/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] } },
  });
  const { NetworkSettings } = await apps.host.docker.getContainer(to.id).inspect();
  const port = Number(NetworkSettings.Ports['7600/tcp']?.[0]?.HostPort);
  const gateway = (await addressOf(apps.host, to, 'bridge')).v4.replace(/\d+$/, '1');
  const from = await apps.run(endpoints('say', gateway, port, 5000, '8,0'), { network: 'host' });
  const { points } = apps;
  await waitUntil(
    'the first half',
    () => points.io(from, client(port)).tx,
    (tx) => tx === 5000,
    SETTLE_MS,
  );
  const [first] = (await from.output()).split('\n');
  const { local, remote } = JSON.parse(first ?? '') as { local: [string, number]; remote: [string, number] };
  await run('python3', ['test/e2e/apps/forget-translation.py', ...local.map(String), ...remote.map(String)]);
  await sleep(1_000);
  assert.deepEqual(points.values(from, 'sonde.peer.container.id'), [to.id]);
  await from.signal('SIGKILL');
  await from.wait();
  await waitUntil(
    'its end',
    () => points.connections(from, 'closed', client(port)),
    (n) => n === 1,
    SETTLE_MS,
  );
  assert.deepEqual(points.values(from, 'sonde.peer.container.id'), [to.id], 'all bytes are under the right peer');
  assert.deepEqual(points.values(to, 'sonde.peer.container.id'), [from.id]);
});

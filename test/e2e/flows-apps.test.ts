import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContainer } from '../harness/docker.ts';
import {
  addressOf,
  type EndTruth,
  endpoints,
  endServer,
  type FlowApps,
  openFlowApps,
  truthOf,
} from '../harness/flow-apps.ts';
import { client, type Labels, server } from '../harness/flow-points.ts';
import { freePort } from '../harness/ports.ts';
import { waitUntil } from '../harness/wait.ts';

/**
 * Real servers and clients over every way two containers of one host reach each other. What they counted
 * themselves must be what a real Collector received, at both ends, to the byte; each end names the other.
 */
const IDLE = 2_000;
const SETTLE_MS = 30_000;
let apps: FlowApps;
/** Runs the clients' commands: on the user's bridge, on the default one, in the host's namespace. */
let caller: TestContainer;
let defaultCaller: TestContainer;
let hostCaller: TestContainer;
let idleServer: TestContainer;
let idleClient: TestContainer;

const WEB = [
  'sh',
  '-c',
  'mkdir -p /srv && head -c 1048576 /dev/zero > /srv/big && echo ready && exec nginx -c /app/nginx.conf',
];

before(async () => {
  apps = await openFlowApps('flow-apps');
  const { user } = apps.networks;
  idleServer = await apps.run(endpoints('echo', 7000), { network: user, isServer: true });
  const { v4 } = await addressOf(apps.host, idleServer, user);
  idleClient = await apps.run(endpoints('hold', v4, 7000, IDLE, 10), { network: user });
  await waitUntil(
    'idle connections',
    () => idleClient.output(),
    (text) => text.includes('"tx"'),
    60_000,
  );
  await apps.startAgent();
  caller = await apps.run(endpoints('wait'), { network: user });
  defaultCaller = await apps.run(endpoints('wait'), { network: 'bridge' });
  hostCaller = await apps.run(endpoints('wait'), { network: 'host' });
});

after(async () => {
  await apps?.close();
});

interface Edge {
  readonly from: TestContainer;
  readonly dialled: Labels;
  readonly to: TestContainer;
  readonly accepted: Labels;
  /** As the client counted; the server's own account where it has one. */
  readonly truth: EndTruth;
  readonly serverTruth?: { readonly tx: number; readonly rx: number };
}

/** Both ends in the Collector: bytes equal to the truth, connections, and who is at the other end. */
async function assertEdge({ from, dialled, to, accepted, truth, serverTruth }: Edge): Promise<void> {
  const { points } = apps;
  const seen = () => ({
    client: points.io(from, dialled),
    server: points.io(to, accepted),
    closed: [points.connections(from, 'closed', dialled), points.connections(to, 'closed', accepted)],
  });
  const wanted = {
    client: { tx: truth.tx, rx: truth.rx },
    server: serverTruth ?? { tx: truth.rx, rx: truth.tx },
    closed: [truth.connections, truth.connections],
  };
  const isDone = (now: ReturnType<typeof seen>) => JSON.stringify(now) === JSON.stringify(wanted);
  await waitUntil('both ends', seen, isDone, SETTLE_MS, 250).catch(() => undefined);
  assert.deepEqual(seen(), wanted);
  assert.deepEqual(points.values(from, 'sonde.peer.container.id', dialled), [to.id], 'the client names the server');
  assert.deepEqual(points.values(to, 'sonde.peer.container.id', accepted), [from.id], 'the server names the client');
  assert.equal(points.sum('sonde.flow.active', from, dialled), 0);
  assert.equal(points.sum('sonde.flow.imbalance', from, dialled), 0);
}

/** Lines of nginx' log, added up. */
async function webTruth(web: TestContainer): Promise<{ tx: number; rx: number }> {
  const lines = (await web.output()).split('\n').filter((line) => line.startsWith('{"rx"'));
  const all = lines.map((line) => JSON.parse(line) as { tx: number; rx: number });
  return { tx: all.reduce((sum, { tx }) => sum + tx, 0), rx: all.reduce((sum, { rx }) => sum + rx, 0) };
}

const urlPort = async (web: TestContainer): Promise<number> => {
  const { NetworkSettings } = await apps.host.docker.getContainer(web.id).inspect();
  return Number(NetworkSettings.Ports['80/tcp']?.[0]?.HostPort);
};

const PUBLISHED = { PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] } };
const EXPOSED = { create: { ExposedPorts: { '80/tcp': {} } } };

test('connections that were open and idle before the agent are found, with their owners, totals and ends', async () => {
  const { points } = apps;
  const truth = truthOf(await idleClient.output());
  const active = () => [
    points.sum('sonde.flow.active', idleClient, client(7000)),
    points.sum('sonde.flow.active', idleServer, server(7000)),
  ];
  await waitUntil('idle connections in the Collector', active, ([a, b]) => a === IDLE && b === IDLE, SETTLE_MS).catch(
    () => undefined,
  );
  assert.deepEqual(active(), [IDLE, IDLE]);
  assert.deepEqual(points.io(idleClient, client(7000)), { tx: truth.tx, rx: truth.rx });
  assert.deepEqual(points.io(idleServer, server(7000)), { tx: truth.rx, rx: truth.tx });
  assert.equal(points.connections(idleClient, 'opened'), 0, 'they were not opened while sonde ran');
  assert.deepEqual(points.values(idleClient, 'sonde.peer.container.id'), [idleServer.id]);
  assert.deepEqual(points.values(idleServer, 'sonde.peer.container.id'), [idleClient.id]);
  assert.deepEqual(points.values(idleClient, 'process.executable.name'), ['python3']);
});

for (const network of ['default', 'user'] as const) {
  test(`redis on the ${network} bridge`, async () => {
    const name = network === 'user' ? apps.networks.user : 'bridge';
    const from = network === 'user' ? caller : defaultCaller;
    const to = await apps.run(['redis-server', '--save', '', '--bind', '0.0.0.0', '--protected-mode', 'no'], {
      network: name,
    });
    await waitUntil(
      'redis',
      () => to.output(),
      (text) => text.includes('Ready to accept'),
      20_000,
      50,
    );
    const { v4 } = await addressOf(apps.host, to, name);
    // On the user's bridge Docker answers names: the address then carries the name that was asked for.
    const asked = network === 'user' ? to.name : v4;
    const truth = await apps.call(from, 'redis', asked, '6379', '3', '200');
    assert.equal(truth.serverRx, truth.tx, 'redis counted what the client sent');
    const dialled = client(6379, { 'server.address': asked, 'network.type': 'ipv4' });
    await assertEdge({ from, dialled, to, accepted: server(6379, { 'server.address': v4 }), truth });
    assert.deepEqual(apps.points.values(to, 'process.executable.name', server(6379)), ['redis-server']);
  });
}

test('UDP that is never connected', async () => {
  const to = await apps.run(endpoints('udp-echo', 7200), { network: apps.networks.user, isServer: true });
  const { v4 } = await addressOf(apps.host, to, apps.networks.user);
  const truth = await apps.call(caller, 'udp', v4, '7200', '500', '700');
  const labels = { 'network.transport': 'udp' };
  const seen = () => [apps.points.io(caller, client(7200, labels)), apps.points.io(to, server(7200, labels))];
  const wanted = [pair(truth), { tx: truth.rx, rx: truth.tx }];
  const isDone = (now: unknown) => JSON.stringify(now) === JSON.stringify(wanted);
  await waitUntil('both ends', seen, isDone, SETTLE_MS).catch(() => undefined);
  assert.deepEqual(seen(), wanted);
  assert.deepEqual(apps.points.values(caller, 'sonde.peer.container.id', client(7200)), [to.id]);
  assert.deepEqual(apps.points.values(to, 'sonde.peer.container.id', server(7200)), [caller.id]);
  assert.deepEqual(pair(await endServer(to)), wanted[1], 'the server counted the same');
});

test('nginx over IPv6, a file by sendfile', async () => {
  const to = await apps.run(WEB, { network: apps.networks.user, isServer: true });
  const { v6 } = await addressOf(apps.host, to, apps.networks.user);
  const truth = await apps.call(caller, 'http', v6, '80', '/big', '5');
  const labels = { 'network.type': 'ipv6', 'server.address': v6 };
  await assertEdge({
    from: caller,
    dialled: client(80, labels),
    to,
    accepted: server(80, labels),
    truth,
    serverTruth: await webTruth(to),
  });
});

test('nginx by its published port, through DNAT', async () => {
  const to = await apps.run(WEB, { network: 'bridge', isServer: true, ...EXPOSED, hostConfig: PUBLISHED });
  const port = await urlPort(to);
  const gateway = (await addressOf(apps.host, to, 'bridge')).v4.replace(/\d+$/, '1');
  const truth = await apps.call(hostCaller, 'http', gateway, String(port), '/big', '3');
  await assertEdge({
    from: hostCaller,
    dialled: client(port, { 'server.address': gateway }),
    to,
    accepted: server(80, { 'sonde.flow.dialed.port': port }),
    truth,
    serverTruth: await webTruth(to),
  });
});

for (const [name, isHairpin] of [
  ['from the host', false],
  ['from its own bridge, hairpin', true],
] as const) {
  test(`nginx by its published port, through docker-proxy ${name}`, async () => {
    const to = await apps.run(WEB, { network: 'bridge', isServer: true, ...EXPOSED, hostConfig: PUBLISHED });
    const port = await urlPort(to);
    const gateway = (await addressOf(apps.host, to, 'bridge')).v4.replace(/\d+$/, '1');
    const from = isHairpin ? defaultCaller : hostCaller;
    const address = isHairpin ? gateway : '127.0.0.1';
    const truth = await apps.call(from, 'http', address, String(port), '/big', '2');
    const dialled = client(port, { 'server.address': address });
    const seen = () => [apps.points.io(from, dialled), apps.points.io(to, server(80))];
    const wanted = [{ tx: truth.tx, rx: truth.rx }, await webTruth(to)];
    await waitUntil('both ends', seen, (now) => JSON.stringify(now) === JSON.stringify(wanted), SETTLE_MS).catch(
      () => undefined,
    );
    assert.deepEqual(seen(), wanted);
    assert.deepEqual(apps.points.values(from, 'sonde.peer.container.id', dialled), [to.id], 'through the proxy');
    // The proxy is a process of the host: no container on the host's network may stand for it.
    assert.deepEqual(apps.points.values(to, 'sonde.peer.kind', server(80)), ['host']);
    assert.deepEqual(apps.points.values(to, 'sonde.peer.container.id', server(80)), [undefined]);
  });
}

test('a container in the network namespace of another', async () => {
  const to = await apps.run(endpoints('echo', 7100), { network: apps.networks.user, isServer: true });
  const from = await apps.run(endpoints('wait'), { network: `container:${to.id}` });
  const truth = await apps.call(from, 'churn', '127.0.0.1', '7100', '40', '1000');
  await assertEdge({
    from,
    dialled: client(7100),
    to,
    accepted: server(7100),
    truth,
    serverTruth: pair(await endServer(to)),
  });
});

test('two containers in the host’s namespace', async () => {
  const port = await freePort();
  const to = await apps.run(endpoints('echo', port), { network: 'host', isServer: true });
  const truth = await apps.call(hostCaller, 'churn', '127.0.0.1', String(port), '40', '1000');
  await assertEdge({
    from: hostCaller,
    dialled: client(port),
    to,
    accepted: server(port),
    truth,
    serverTruth: pair(await endServer(to)),
  });
});

test('iperf3: what it says it moved, its control connection beside it', async () => {
  const to = await apps.run(['iperf3', '-s', '-1', '--forceflush'], { network: apps.networks.user });
  await waitUntil(
    'iperf3',
    () => to.output(),
    (text) => text.includes('listening'),
    20_000,
    50,
  );
  const { v4 } = await addressOf(apps.host, to, apps.networks.user);
  const report = JSON.parse(await caller.exec(['iperf3', '-c', v4, '-n', '200M', '-J'])) as {
    end: { sum_sent: { bytes: number }; sum_received: { bytes: number } };
  };
  await to.wait();
  const { points } = apps;
  const seen = () => ({ from: points.io(caller, client(5201)), to: points.io(to, server(5201)) });
  await waitUntil('the transfer', seen, ({ to: { rx } }) => rx >= report.end.sum_received.bytes, SETTLE_MS);
  await waitUntil(
    'its end',
    () => points.connections(to, 'closed', server(5201)),
    (n) => n === 2,
    SETTLE_MS,
  );
  const { from, to: at } = seen();
  const control = [from.tx - report.end.sum_sent.bytes, at.rx - report.end.sum_received.bytes];
  for (const bytes of control) assert.ok(bytes > 0 && bytes < 16_384, `${bytes} bytes over what iperf3 moved`);
  assert.equal(at.tx, from.rx, 'the way back is equal to the byte');
  // The server leaves what is under way at the end unread: sonde says how much that was.
  const imbalance = () => points.sum('sonde.flow.imbalance', caller, client(5201));
  await waitUntil('the imbalance', imbalance, (bytes) => bytes === from.tx - at.rx, SETTLE_MS).catch(() => undefined);
  assert.equal(imbalance(), from.tx - at.rx);
});

const pair = ({ tx, rx }: EndTruth) => ({ tx, rx });

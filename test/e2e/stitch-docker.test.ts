import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Container } from '../../src/model/container.ts';
import type { HalfFlow, Peer } from '../../src/model/flow.ts';
import { pidOf } from '../../src/model/ids.ts';
import { readDockerProxies } from '../../src/probe/net/docker-proxies.ts';
import { createNamespaceKeeper, type NamespaceKeeper } from '../../src/probe/net/namespace-keeper.ts';
import { createNetProbe, NET_PROBE_DEFAULTS, type NetProbe } from '../../src/probe/net/net-probe.ts';
import { publishedPorts } from '../../src/probe/net/published-ports.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { STITCH_DEFAULTS } from '../../src/stitch/config.ts';
import { createStitch } from '../../src/stitch/stitch.ts';
import { openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import { makeContainer, recordFlows } from '../harness/flow-recorder.ts';
import { readHalves } from '../harness/proc-net.ts';
import { waitUntil } from '../harness/wait.ts';

interface Place {
  readonly pid: number;
  readonly inode: number;
  readonly container: Container | undefined;
}

/** A server that Docker publishes, and clients that reach it every way Docker offers. */
describe('joins connections of real Docker networks', () => {
  const ledger = createLedger();
  const recorder = recordFlows();
  const log = createLog('error', (line) => process.stderr.write(line));
  const stitch = createStitch(
    { ...STITCH_DEFAULTS, waitMs: 2_000, leaveMs: 300, fleetKey: new Uint8Array(32) },
    { ledger, nowMs: Date.now, wantNamespace: (inode, pid) => keeper.want(inode, pid) },
    recorder.sink,
  );
  const places = new Map<string, Place>();
  const containers = new Map<string, TestContainer>();
  const networkName = `sdst-${process.pid}`;
  let host: TestHost;
  let probe: NetProbe;
  let keeper: NamespaceKeeper;
  let timer: NodeJS.Timeout;
  let port = 0;

  before(async () => {
    host = await openTestHost('stitch');
    probe = createNetProbe(NET_PROBE_DEFAULTS, { ledger, log, nowMs: Date.now }, stitch.namespaces);
    keeper = createNamespaceKeeper({ procDir: '/proc', maxNamespaces: 256 }, { ledger, log }, probe);
    await host.docker.createNetwork({ Name: networkName });
    const start = async (name: string, network: string, args: string[], isPublished = false) => {
      const container = await host.runContainer({
        args,
        isCommand: true,
        network,
        ...(isPublished
          ? {
              create: { ExposedPorts: { '80/tcp': {} } },
              hostConfig: { PortBindings: { '80/tcp': [{ HostPort: '0' }] } },
            }
          : {}),
      });
      containers.set(name, container);
      const pid = await container.pid();
      const inode = statSync(`/proc/${pid}/ns/net`).ino;
      const place = { pid, inode, container: makeContainer(name) };
      places.set(name, place);
      stitch.containerOpened(place.container, inode);
      keeper.want(inode, pid);
    };
    const listen = (at: number) => ['nc', '-ll', '-p', String(at), '-e', 'cat'];
    await start('server', 'bridge', listen(80), true);
    await start('near', 'bridge', ['sleep', '1000']);
    await start('far', networkName, ['sleep', '1000']);
    await start('sidecar', `container:${containers.get('server')?.id}`, listen(81));
    await start('hostly', 'host', ['sleep', '1000']);
    places.set('host', { pid: process.pid, inode: statSync('/proc/self/ns/net').ino, container: undefined });
    keeper.want(statSync('/proc/self/ns/net').ino, process.pid);
    await keeper.settled();
    const inspected = await host.docker.getContainer(containers.get('server')?.id ?? '').inspect();
    port = Number(inspected.NetworkSettings.Ports['80/tcp']?.[0]?.HostPort);
    const proxies = readDockerProxies('/proc');
    assert(
      proxies.some((row) => row.port === port && row.targetPort === 80),
      JSON.stringify(proxies),
    );
    // Inspection says the same as the processes.
    const told = publishedPorts(inspected, statSync('/proc/self/ns/net').ino);
    assert(
      told.some(
        (row) =>
          row.port === port &&
          row.targetPort === 80 &&
          row.targetAddress === inspected.NetworkSettings.Networks['bridge']?.IPAddress,
      ),
      JSON.stringify(told),
    );
    stitch.staticTranslations(proxies);
    timer = setInterval(() => stitch.tick(), 50);
  });
  after(async () => {
    clearInterval(timer);
    stitch.close();
    probe.stop();
    await host.close();
    await host.docker.getNetwork(networkName).remove();
  });

  const place = (name: string): Place => {
    const found = places.get(name);
    assert(found, name);
    return found;
  };
  const address = async (name: string, network: string) => {
    const inspected = await host.docker.getContainer(containers.get(name)?.id ?? '').inspect();
    return inspected.NetworkSettings.Networks[network]?.IPAddress ?? '';
  };

  async function gatewayOf(network: string): Promise<string> {
    const inspected = await host.docker.getNetwork(network).inspect();
    return inspected.IPAM?.Config?.[0]?.Gateway ?? '';
  }

  const known = new Set<string>();
  function newHalves(name: string): HalfFlow[] {
    const { pid, inode, container } = place(name);
    return readHalves('/proc', pid, { netnsInode: inode, container, pid: undefined }, Date.now()).filter((half) => {
      const key = `${inode} ${JSON.stringify(half.tuple)}`;
      if (known.has(key)) return false;
      known.add(key);
      return true;
    });
  }

  /** Dials from inside, for real. */
  async function dial(from: string, to: string, target: string, at: number) {
    for (const name of places.keys()) newHalves(name);
    // The test's image in the client's network: what its own `nc` would do.
    const child = spawn('nsenter', [`--net=/proc/${place(from).pid}/ns/net`, 'busybox', 'nc', target, String(at)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write('hello\n');
    const [client] = await waitUntil(
      `the client in ${from}`,
      () => newHalves(from).filter((half) => half.role === 'client' && half.tuple.remotePort === at),
      (found) => found.length > 0,
    );
    const [server] = await waitUntil(
      `the server in ${to}`,
      () => newHalves(to).filter((half) => half.role === 'server'),
      (found) => found.length > 0,
    );
    assert(client && server);
    return { client, server, child };
  }

  async function peersOf(...halves: HalfFlow[]): Promise<Peer[]> {
    const peers = await waitUntil(
      'the flows',
      () => halves.map((half) => recorder.peerOf(half)),
      (all) => all.every((peer) => peer !== undefined),
    );
    return peers.filter((peer) => peer !== undefined);
  }

  const show = (peer: Peer | undefined) =>
    JSON.stringify({ ...peer, half: peer?.half?.tuple, container: peer?.container?.key });

  async function assertJoined(from: string, to: string, target: string, at: number, method: Peer['method']) {
    const { client, server, child } = await dial(from, to, target, at);
    stitch.opened(client);
    stitch.opened(server);
    const [atClient, atServer] = await peersOf(client, server);
    child.kill();
    assert.equal(atClient?.half, server, show(atClient));
    assert.equal(atServer?.half, client, show(atServer));
    assert.deepEqual(
      [atClient?.method, atServer?.method, atClient?.confidence, atServer?.confidence],
      [method, method, 'derived', 'derived'],
    );
  }

  it('on one bridge', async () => assertJoined('near', 'server', await address('server', 'bridge'), 80, 'route'));
  it('in a shared namespace the socket decides whose it is', async () => {
    await assertJoined('near', 'sidecar', await address('server', 'bridge'), 81, 'route');
  });
  it('from the host network', async () =>
    assertJoined('hostly', 'server', await address('server', 'bridge'), 80, 'route'));
  it('from the host network to a published port: DNAT', async () => {
    await assertJoined('hostly', 'server', await gatewayOf('bridge'), port, 'published-port');
  });

  // Docker's rules send every one of its own bridges past DNAT to the proxy.
  for (const [from, network] of [
    ['near', 'bridge'],
    ['far', networkName],
  ] as const)
    it(`through docker-proxy from ${from}: the process between the two connections`, async () => {
      const gateway = await gatewayOf(network);
      const proxy = readDockerProxies('/proc').find((row) => row.port === port && row.address === '0.0.0.0');
      assert(proxy?.proxyPid);
      const { client, server, child } = await dial(from, 'server', gateway, port);
      // The proxy's own two sockets, in the host's network.
      const proxyPlace = { netnsInode: place('host').inode, container: undefined, pid: pidOf(proxy.proxyPid) };
      const own = readHalves('/proc', process.pid, proxyPlace, Date.now()).filter(
        ({ tuple }) =>
          (tuple.localPort === port && tuple.remotePort === client.tuple.localPort) ||
          (tuple.remotePort === 80 && tuple.localPort === server.tuple.remotePort),
      );
      assert.equal(own.length, 2);
      for (const half of [client, server, ...own]) stitch.opened(half);
      const [atClient, atServer] = await peersOf(client, server);
      child.kill();
      assert.deepEqual([atClient?.half, atClient?.via?.pid], [server, proxy.proxyPid], show(atClient));
      assert.deepEqual([atServer?.half, atServer?.via?.port], [client, port], show(atServer));
    });

  it('a host process through docker-proxy on loopback names the container although the proxy is not seen', async () => {
    const { client, child } = await dial('host', 'server', '127.0.0.1', port);
    stitch.opened(client);
    const [peer] = await peersOf(client);
    child.kill();
    // Two containers share that namespace: which of them listens, only a socket could say.
    assert.deepEqual(
      [peer?.kind, peer?.cause, peer?.method, peer?.port],
      ['container', 'ambiguous', 'published-port', 80],
      show(peer),
    );
  });

  it('lost nothing on the way', () => {
    assert.deepEqual(
      ledger.rows().filter((row) => row.outcome !== 'kept'),
      [],
    );
  });
});

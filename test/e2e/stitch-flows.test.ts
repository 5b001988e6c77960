import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Container } from '../../src/model/container.ts';
import type { HalfFlow, Peer } from '../../src/model/flow.ts';
import { createNetProbe, NET_PROBE_DEFAULTS, type NetProbe } from '../../src/probe/net/net-probe.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { STITCH_DEFAULTS } from '../../src/stitch/config.ts';
import { createStitch } from '../../src/stitch/stitch.ts';
import { makeContainer, recordFlows } from '../harness/flow-recorder.ts';
import { openNetLab } from '../harness/netns.ts';
import { readHalves } from '../harness/proc-net.ts';
import { waitUntil } from '../harness/wait.ts';

/**
 * Two hosts made of namespaces, both with a bridge 172.18.0.0/16 and a container 172.18.0.2 on it, both
 * masquerading and publishing port 8080. Connections are real, translations the kernel's own.
 */
describe('joins real connections by the tables of their namespaces', () => {
  const lab = openNetLab();
  const ledger = createLedger();
  const recorder = recordFlows();
  const stitch = createStitch(
    { ...STITCH_DEFAULTS, waitMs: 1_500, leaveMs: 300, fleetKey: new Uint8Array(32) },
    { ledger, nowMs: Date.now, wantNamespace: () => undefined },
    recorder.sink,
  );
  const log = createLog('error', (line) => process.stderr.write(line));
  const containers = new Map<string, Container>();
  const holders = new Map<string, number>();
  let probe: NetProbe;
  let timer: NodeJS.Timeout;

  before(async () => {
    for (const name of ['hostA', 'hostB', 'a1', 'a2', 'a3', 'b1', 'm1', 'm2']) await lab.add(name);
    for (const [host, address, inner] of [
      ['hostA', '10.77.0.1', ['a1', 'a2']],
      ['hostB', '10.77.0.2', ['b1']],
    ] as const) {
      await lab.ip(
        host,
        'link add br0 type bridge',
        'addr add 172.18.0.1/16 dev br0',
        'addr add fd00:18::1/64 dev br0 nodad',
        'link set br0 up',
      );
      for (const [i, name] of inner.entries()) {
        await lab.ip(
          host,
          `link add v${name} type veth peer name eth0 netns ${name}`,
          `link set v${name} master br0 up`,
        );
        await lab.ip(
          name,
          `addr add 172.18.0.${i + 2}/16 dev eth0`,
          `addr add fd00:18::${i + 2}/64 dev eth0 nodad`,
          'link set eth0 up',
          'route add default via 172.18.0.1',
        );
      }
      if (host === 'hostA') await lab.ip(host, 'link add wan type veth peer name wan netns hostB');
      await lab.ip(host, `addr add ${address}/24 dev wan`, 'link set wan up');
      await lab.run(host, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.route_localnet=1');
      const nat = (...rule: string[]) => lab.run(host, 'iptables', '-t', 'nat', '-A', ...rule);
      await nat('PREROUTING', '-p', 'tcp', '-d', address, '--dport', '8080', '-j', 'DNAT', '--to', '172.18.0.2:80');
      await nat('OUTPUT', '-p', 'tcp', '-d', address, '--dport', '8080', '-j', 'DNAT', '--to', '172.18.0.2:80');
      await nat('PREROUTING', '-p', 'udp', '-d', address, '--dport', '5353', '-j', 'DNAT', '--to', '172.18.0.2:53');
      await nat('POSTROUTING', '-s', '172.18.0.0/16', '!', '-o', 'br0', '-j', 'MASQUERADE', '--random-fully');
      await nat(
        'POSTROUTING',
        '-s',
        '172.18.0.0/16',
        '-d',
        '172.18.0.0/16',
        '-p',
        'tcp',
        '--dport',
        '80',
        '-m',
        'conntrack',
        '--ctstate',
        'DNAT',
        '-j',
        'MASQUERADE',
      );
    }
    // A third network of host A by a veth without a bridge, macvlans, and a way out of all hosts.
    await lab.ip(
      'hostA',
      'link add va3 type veth peer name eth0 netns a3',
      'addr add 172.30.0.1/32 dev va3',
      'link set va3 up',
      'route add 172.30.0.2 dev va3',
    );
    await lab.ip(
      'a3',
      'addr add 172.30.0.2/32 dev eth0',
      'link set eth0 up',
      'route add 169.254.1.1 dev eth0',
      'route add default via 169.254.1.1',
    );
    await lab.run('hostA', 'sysctl', '-qw', 'net.ipv4.conf.va3.proxy_arp=1', 'net.ipv4.neigh.va3.proxy_delay=0');
    await lab.ip('hostA', 'link add mp type veth peer name mq', 'link set mp up', 'link set mq up');
    for (const [name, address] of [
      ['m1', '192.168.50.2'],
      ['m2', '192.168.50.3'],
    ] as const) {
      await lab.ip('hostA', `link add ${name} link mp type macvlan mode bridge`, `link set ${name} netns ${name}`);
      await lab.ip(name, `addr add ${address}/24 dev ${name}`, `link set ${name} up`);
    }
    await lab.ip(
      'hostA',
      'tuntap add tap0 mode tap',
      'addr add 203.0.113.1/24 dev tap0',
      'link set tap0 up',
      'neigh add 203.0.113.9 lladdr 02:00:00:00:00:09 dev tap0',
    );

    probe = createNetProbe(NET_PROBE_DEFAULTS, { ledger, log, nowMs: Date.now }, stitch.namespaces);
    for (const name of ['hostA', 'hostB', 'a1', 'a2', 'a3', 'b1', 'm1', 'm2']) {
      const inode = lab.inode(name);
      await probe.open({ path: lab.path(name), holderPid: undefined, inode });
      const keeper = lab.spawn(name, 'sleep', '1000');
      holders.set(name, keeper.pid ?? 0);
      if (name.startsWith('host')) continue;
      containers.set(name, makeContainer(name));
      stitch.containerOpened(container(name), inode);
    }
    timer = setInterval(() => stitch.tick(), 50);
    for (const [name, port] of [
      ['a1', 80],
      ['a1', 7000],
      ['a2', 80],
      ['b1', 80],
      ['b1', 7000],
      ['m2', 80],
      ['a3', 80],
      ['hostA', 9000],
    ] as const)
      lab.spawn(name, 'busybox', 'nc', '-ll', '-p', String(port), '-e', 'cat');
    for (const name of ['a1', 'a2', 'b1', 'm2', 'a3', 'hostA'])
      await waitUntil(
        `a listener in ${name}`,
        () => lab.run(name, 'cat', '/proc/net/tcp6', '/proc/net/tcp'),
        (text) => / 0A /.test(text),
      );
  });
  after(async () => {
    clearInterval(timer);
    stitch.close();
    probe.stop();
    await lab.close();
  });

  const container = (name: string): Container => {
    const found = containers.get(name);
    assert(found, name);
    return found;
  };

  /** Half flows that are in a namespace now, and not before. */
  const known = new Map<string, Set<string>>();
  function newHalves(name: string): HalfFlow[] {
    const owner = { netnsInode: lab.inode(name), container: containers.get(name), pid: undefined };
    const before = known.get(name) ?? new Set();
    known.set(name, before);
    return readHalves('/proc', holders.get(name) ?? 0, owner, Date.now()).filter((half) => {
      const key = JSON.stringify(half.tuple);
      if (before.has(key)) return false;
      before.add(key);
      return true;
    });
  }

  /** Dials for real; gives the two ends as the kernel shows them, both handed to the stage. */
  async function dial(
    from: string,
    to: string,
    address: string,
    port: number,
    transport: 'tcp' | 'udp' = 'tcp',
    isTold = true,
  ) {
    for (const name of containers.keys()) newHalves(name);
    for (const name of ['hostA', 'hostB']) newHalves(name);
    const child =
      transport === 'tcp'
        ? lab.spawn(from, 'busybox', 'nc', address, String(port))
        : lab.spawn(from, process.execPath, '-e', UDP_CLIENT, address, String(port));
    child.stdin?.write('hello\n');
    const [client] = await waitUntil(
      `the client's end in ${from}`,
      () => newHalves(from).filter((half) => half.role === 'client'),
      (found) => found.length > 0,
    );
    assert(client);
    let server: HalfFlow | undefined;
    if (from === to)
      server = readHalves(
        '/proc',
        holders.get(to) ?? 0,
        { netnsInode: lab.inode(to), container: containers.get(to), pid: undefined },
        Date.now(),
      ).find((half) => half.tuple.localPort === port && half.tuple.remotePort === client.tuple.localPort);
    else
      [server] = await waitUntil(
        `the server's end in ${to}`,
        () => newHalves(to),
        (found) => found.length > 0,
      );
    assert(server);
    if (isTold) for (const half of [client, server]) stitch.opened(half);
    return { client, server, child };
  }

  async function peers(ends: { client: HalfFlow; server: HalfFlow }): Promise<[Peer, Peer]> {
    const [a, b] = await waitUntil(
      'both flows',
      () => [recorder.peerOf(ends.client), recorder.peerOf(ends.server)],
      ([a, b]) => a !== undefined && b !== undefined,
    );
    assert(a && b);
    return [a, b];
  }

  async function assertJoined(
    ends: { client: HalfFlow; server: HalfFlow; child: ChildProcess },
    method: Peer['method'],
  ) {
    const [atClient, atServer] = await peers(ends);
    ends.child.kill();
    assert.equal(
      atClient.half,
      ends.server,
      `client's peer: ${JSON.stringify({ ...atClient, half: atClient.half?.tuple })}`,
    );
    assert.equal(
      atServer.half,
      ends.client,
      `server's peer: ${JSON.stringify({ ...atServer, half: atServer.half?.tuple })}`,
    );
    assert.deepEqual([atClient.confidence, atServer.confidence], ['derived', 'derived']);
    assert.deepEqual([atClient.method, atServer.method], [method, method]);
  }

  it('C1 on host A to host B:8080, which is C2: no address and no port in common', async () => {
    const ends = await dial('a1', 'b1', '10.77.0.2', 8080);
    assert.equal(ends.client.tuple.localAddress, ends.server.tuple.localAddress);
    assert.notEqual(ends.client.tuple.localPort, ends.server.tuple.remotePort);
    await assertJoined(ends, 'nat');
  });
  it('two containers of one bridge', async () => assertJoined(await dial('a1', 'a2', '172.18.0.3', 80), 'route'));
  it('the other way, over IPv6', async () => assertJoined(await dial('a2', 'a1', 'fd00:18::2', 80), 'route'));
  it('a host process to its own published port', async () => {
    await assertJoined(await dial('hostB', 'b1', '10.77.0.2', 8080), 'nat');
  });
  it('a container to the published port of its own host: hairpin', async () => {
    await assertJoined(await dial('a2', 'a1', '10.77.0.1', 8080), 'nat');
  });
  it('loopback, at the same port in two namespaces', async () => {
    await assertJoined(await dial('a1', 'a1', '127.0.0.1', 7000), 'local');
    await assertJoined(await dial('b1', 'b1', '127.0.0.1', 7000), 'local');
  });
  it('a container to the host, and over a veth with proxy ARP to another network', async () => {
    await assertJoined(await dial('a1', 'hostA', '172.18.0.1', 9000), 'route');
    await assertJoined(await dial('a1', 'a3', '172.30.0.2', 80), 'nat');
  });
  it('two macvlans of one parent', async () => assertJoined(await dial('m1', 'm2', '192.168.50.3', 80), 'route'));

  it('UDP through DNAT and masquerade', async () => {
    const server = lab.spawn('b1', process.execPath, '-e', UDP_SERVER, '53');
    await waitUntil(
      'the UDP listener',
      () => lab.run('b1', 'cat', '/proc/net/udp', '/proc/net/udp6'),
      (text) => text.includes(':0035 '),
    );
    await assertJoined(await dial('a1', 'b1', '10.77.0.2', 5353, 'udp'), 'nat');
    server.kill();
  });

  it('what leaves the host is external, translated or not', async () => {
    newHalves('a1');
    const child = lab.spawn('a1', 'busybox', 'nc', '203.0.113.9', '443');
    const [half] = await waitUntil(
      'the SYN',
      () => newHalves('a1'),
      (found) => found.length > 0,
    );
    assert(half);
    stitch.opened(half);
    const peer = await waitUntil(
      'the flow',
      () => recorder.peerOf(half),
      (found) => found !== undefined,
    );
    child.kill();
    assert.deepEqual(
      [peer?.kind, peer?.address, peer?.port, peer?.method, peer?.confidence, peer?.cause],
      ['external', '203.0.113.9', 443, 'external', 'none', 'no-agent'],
    );
  });

  it('a refused connection names the container it was refused by', async () => {
    newHalves('a2');
    const half = { ...(await dial('a2', 'a1', '172.18.0.2', 80)).client, id: 1e9, failure: 'refused' };
    const refused: HalfFlow = { ...half, tuple: { ...half.tuple, remotePort: 81 }, closedMs: Date.now() };
    stitch.opened(refused);
    stitch.closed(refused);
    const peer = await waitUntil(
      'the flow',
      () => recorder.peerOf(refused),
      (found) => found !== undefined,
    );
    assert.deepEqual(
      [peer?.kind, peer?.container, peer?.confidence, peer?.half],
      ['container', container('a1'), 'derived', undefined],
    );
  });

  it('still joins when the kernel has forgotten its translations', async () => {
    const ends = await dial('a1', 'b1', '10.77.0.2', 8080, 'tcp', false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await lab.flushConntrack('hostA');
    await lab.flushConntrack('hostB');
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const half of [ends.client, ends.server]) stitch.opened(half);
    const [atClient] = await peers(ends);
    ends.child.kill();
    assert.deepEqual([atClient.container, atClient.method], [container('b1'), 'nat']);
  });

  it('a bridge added while running is walked too', async () => {
    await lab.add('c1');
    const inode = lab.inode('c1');
    containers.set('c1', makeContainer('c1', Date.now()));
    stitch.containerOpened(container('c1'), inode);
    await probe.open({ path: lab.path('c1'), holderPid: undefined, inode });
    await lab.ip(
      'hostA',
      'link add br9 type bridge',
      'addr add 172.29.0.1/24 dev br9',
      'link set br9 up',
      'link add vc1 type veth peer name eth0 netns c1',
      'link set vc1 master br9 up',
    );
    await lab.ip('c1', 'addr add 172.29.0.2/24 dev eth0', 'link set eth0 up', 'route add default via 172.29.0.1');
    await lab.ip('hostB', 'route add 172.29.0.0/24 via 10.77.0.1');
    holders.set('c1', lab.spawn('c1', 'sleep', '1000').pid ?? 0);
    lab.spawn('c1', 'busybox', 'nc', '-ll', '-p', '80', '-e', 'cat');
    await waitUntil(
      'a listener',
      () => lab.run('c1', 'cat', '/proc/net/tcp6', '/proc/net/tcp'),
      (text) => / 0A /.test(text),
    );
    await assertJoined(await dial('a1', 'c1', '172.29.0.2', 80), 'nat');
    await assertJoined(await dial('c1', 'b1', '10.77.0.2', 8080), 'nat');
  });

  it('lost nothing on the way', () => {
    assert.deepEqual(
      ledger.rows().filter((row) => row.outcome !== 'kept'),
      [],
    );
  });
});

/** Connected sockets at both ends, so that /proc shows whom each talks to. */
const UDP_CLIENT = `const s = require('dgram').createSocket('udp4');
s.connect(Number(process.argv[2]), process.argv[1], () => s.send('hello'));`;
const UDP_SERVER = `const s = require('dgram').createSocket('udp4');
s.once('message', (m, from) => s.connect(from.port, from.address, () => s.send(m)));
s.bind(Number(process.argv[1]));`;

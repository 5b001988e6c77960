import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NatEntry, StaticTranslation } from '../../../src/model/network.ts';
import { makeContainer } from '../../harness/flow-recorder.ts';
import { openStage, ownerOf } from './fixtures.ts';
import { addBridge, addNode, makeWorld, portOf, Refs } from './topology.ts';

/** A host with two containers on one bridge. */
function oneHost(stage = openStage()) {
  const refs = new Refs();
  const world = makeWorld(refs);
  const startedMs = stage.time.nowMs - 60_000;
  const host = addNode(world, refs, world.switch.bridge, true, startedMs);
  const bridge = addBridge(host, '172.18.0');
  const a = addNode(world, refs, bridge, false, startedMs);
  const b = addNode(world, refs, bridge, false, startedMs);
  stage.tellWorld(world);
  return { stage, refs, world, host, bridge, a, b };
}

const FINGERPRINT = { clientIsn: 4_000_000_000, serverIsn: 12 };
const A = '172.18.0.2:40000';
const B = '172.18.0.3:80';

describe('fingerprints', () => {
  it('join two ends of which no table is known', () => {
    const { recorder, stitch, half, run, wanted } = openStage();
    const client = half({ inode: 1, container: makeContainer('a'), pid: 7 }, '10.0.0.1:1', '10.0.0.9:80', {
      fingerprint: FINGERPRINT,
    });
    const server = half({ inode: 2, container: makeContainer('b') }, '10.9.9.9:8080', '10.8.8.8:2', {
      role: 'server',
      fingerprint: { ...FINGERPRINT },
    });
    stitch.opened(client);
    stitch.opened(server);
    run(1_200);
    const peer = recorder.peerOf(client);
    assert.deepEqual(
      [peer?.half, peer?.container, peer?.method, peer?.confidence],
      [server, server.container, 'fingerprint', 'confirmed'],
    );
    assert.equal(recorder.peerOf(server)?.half, client);
    assert.equal(recorder.flows.get(client.id)?.connectionId, recorder.flows.get(server.id)?.connectionId);
    assert.match(recorder.flows.get(client.id)?.connectionId ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(wanted, [[1, 7]]);
  });

  it('confirm what the tables say, at once', () => {
    const { stage, a, b } = oneHost();
    const client = stage.half(ownerOf(a), A, B, { fingerprint: FINGERPRINT });
    const server = stage.half(ownerOf(b), B, A, { role: 'server', fingerprint: { ...FINGERPRINT } });
    stage.stitch.opened(client);
    stage.stitch.opened(server);
    stage.run(100);
    const peer = stage.recorder.peerOf(client);
    assert.deepEqual([peer?.half, peer?.method, peer?.confidence], [server, 'route', 'confirmed']);
  });

  it('keep two ends apart that only their tuples join', () => {
    const { stage, a, b } = oneHost();
    const client = stage.half(ownerOf(a), A, B, { fingerprint: FINGERPRINT });
    stage.stitch.opened(client);
    stage.stitch.opened(stage.half(ownerOf(b), B, A, { role: 'server', fingerprint: { clientIsn: 1, serverIsn: 2 } }));
    stage.run(5_100);
    const peer = stage.recorder.peerOf(client);
    assert.deepEqual(
      [peer?.half, peer?.container, peer?.confidence, peer?.cause],
      [undefined, b.container, 'assumed', 'no-socket'],
    );
  });

  it('win over tables that lead elsewhere, and that is counted', () => {
    const { stage, a } = oneHost();
    const client = stage.half(ownerOf(a), A, B, { fingerprint: FINGERPRINT });
    const server = stage.half(ownerOf(a), '172.18.0.2:99', A, { role: 'server', fingerprint: { ...FINGERPRINT } });
    stage.stitch.opened(client);
    stage.stitch.opened(server);
    stage.run(1_200);
    assert.deepEqual(
      [stage.recorder.peerOf(client)?.half, stage.recorder.peerOf(client)?.method],
      [server, 'fingerprint'],
    );
    assert((stage.lost()['walk-mismatch'] ?? 0) >= 1);
  });

  it('that come later improve what was said', () => {
    const { stage, a, b } = oneHost();
    const client = stage.half(ownerOf(a), A, B);
    const server = stage.half(ownerOf(b), B, A, { role: 'server' });
    stage.stitch.opened(client);
    stage.stitch.opened(server);
    stage.run(1_500);
    assert.equal(stage.recorder.peerOf(client)?.confidence, 'derived');
    for (const half of [client, server]) {
      half.fingerprint = FINGERPRINT;
      stage.stitch.changed(half);
    }
    stage.run(100);
    assert.deepEqual(
      [client, server].map((half) => stage.recorder.peerOf(half)?.confidence),
      ['confirmed', 'confirmed'],
    );
    assert.equal(stage.recorder.updates.length, 2);
    assert.match(stage.recorder.flows.get(client.id)?.connectionId ?? '', /^[0-9a-f]{32}$/);
  });
});

describe('waiting', () => {
  it('lasts five seconds at most, and later knowledge is an update', () => {
    const stage = openStage();
    const client = stage.half({ inode: 4026531834, container: makeContainer('a') }, '127.0.0.1:5', '127.0.0.1:80');
    stage.stitch.opened(client);
    stage.run(4_800);
    assert.equal(stage.recorder.peerOf(client), undefined);
    stage.run(400);
    assert.equal(stage.recorder.peerOf(client)?.cause, 'no-tables');
    const ref = { id: 1, inode: 4026531834 };
    stage.stitch.namespaces.opened(ref);
    const server = {
      ...stage.half({ inode: ref.inode, container: client.container }, '127.0.0.1:80', '127.0.0.1:5', {
        role: 'server',
      }),
      openedMs: client.openedMs,
    };
    stage.stitch.opened(server);
    stage.run(6_000);
    assert.equal(stage.recorder.peerOf(client)?.half, server);
    assert.equal(stage.recorder.updates[0]?.before.cause, 'no-tables');
  });

  it('hands on a flow that ended meanwhile: opened, then closed', () => {
    const { stage, a } = oneHost();
    const client = stage.half(ownerOf(a), A, '172.18.0.77:80', { failure: 'timeout' });
    stage.stitch.opened(client);
    stage.run(300);
    client.closedMs = stage.time.nowMs;
    stage.stitch.closed(client);
    assert.equal(stage.recorder.closed.size, 0);
    stage.run(5_000);
    assert(stage.recorder.closed.has(client.id));
    assert.equal(stage.recorder.peerOf(client)?.cause, 'no-owner');
    stage.run(20_000);
    assert.equal(stage.recorder.flows.size, 1);
  });

  it('ends with the stage', () => {
    const stage = openStage();
    const client = stage.half({ inode: 3 }, '10.0.0.1:1', '10.0.0.2:2');
    stage.stitch.opened(client);
    stage.stitch.close();
    assert.equal(stage.recorder.flows.size, 1);
  });
});

describe('addresses', () => {
  it('that two containers had one after the other are told apart by time', () => {
    const { stage, refs, host, bridge, a, b } = oneHost();
    const port = portOf(b);
    stage.run(1_000);
    b.endedMs = stage.time.nowMs;
    stage.stitch.namespaces.changed(host.ref, { table: 'links', isRemoved: true, row: port });
    if (b.container) stage.stitch.containerClosed(b.container);
    stage.stitch.namespaces.closed(b.ref);
    const early = {
      ...stage.half(ownerOf(a), A, '172.18.0.3:81', { failure: 'refused' }),
      openedMs: stage.time.nowMs - 5_000,
    };
    stage.run(10_000);
    const world = makeWorld(new Refs());
    const next = addNode(world, refs, bridge, false, stage.time.nowMs, 3);
    stage.tellWorld({ ...world, switch: { ...world.switch, ref: { id: 999, inode: 999 } } }, [next]);
    stage.stitch.namespaces.changed(host.ref, { table: 'links', isRemoved: false, row: portOf(next) });
    stage.run(10_000);
    const late = stage.half(ownerOf(a), A, '172.18.0.3:82', { failure: 'refused' });
    for (const half of [early, late]) stage.stitch.opened(half);
    stage.run(5_200);
    assert.equal(next.up.address, '172.18.0.3');
    assert.deepEqual(
      [stage.recorder.peerOf(early)?.container, stage.recorder.peerOf(late)?.container],
      [b.container, next.container],
    );
  });

  it('of an unconnected UDP server are those its datagrams came to', () => {
    const { stage, a, b } = oneHost();
    const udp = (local: string, remote: string, role: 'client' | 'server') => {
      const half = stage.half(ownerOf(role === 'client' ? a : b), local, remote, { role });
      return { ...half, tuple: { ...half.tuple, transport: 'udp' as const } };
    };
    const client = udp('172.18.0.2:4000', '172.18.0.3:53', 'client');
    const server = udp('0.0.0.0:53', '172.18.0.2:4000', 'server');
    stage.stitch.opened(client);
    stage.stitch.opened(server);
    stage.run(200);
    assert.deepEqual([stage.recorder.peerOf(client)?.half, stage.recorder.peerOf(server)?.half], [server, client]);
  });

  it('shared by the containers of a pod belong to none of them without a socket', () => {
    const { stage, a, b } = oneHost();
    stage.stitch.containerOpened(makeContainer('sidecar'), b.ref.inode);
    const client = stage.half(ownerOf(a), A, '172.18.0.3:81', { failure: 'refused' });
    stage.stitch.opened(client);
    stage.run(5_200);
    const peer = stage.recorder.peerOf(client);
    assert.deepEqual(
      [peer?.kind, peer?.container, peer?.confidence, peer?.cause],
      ['container', undefined, 'none', 'ambiguous'],
    );
  });
});

describe('the host’s namespace', () => {
  it('is its processes’ as well: a container on its network does not stand for a socket that was not seen', () => {
    const plain = openStage();
    const { stage, host, a } = oneHost(openStage({ hostNetnsInode: oneHost(plain).host.ref.inode }));
    stage.stitch.containerOpened(makeContainer('on-host-network'), host.ref.inode);
    const client = stage.half(ownerOf(a), A, '172.18.0.1:5000');
    stage.stitch.opened(client);
    stage.run(5_200);
    const peer = stage.recorder.peerOf(client);
    assert.deepEqual([peer?.kind, peer?.container, peer?.cause], ['host', undefined, 'no-socket']);
  });
});

describe('published ports', () => {
  const published = (inode: number, more: Partial<StaticTranslation> = {}): StaticTranslation => ({
    transport: 'tcp',
    netnsInode: inode,
    address: '0.0.0.0',
    port: 8080,
    targetAddress: '172.18.0.3',
    targetPort: 80,
    proxyPid: undefined,
    ...more,
  });

  it('name their container also where conntrack does not exist', () => {
    const { stage, host, a, b } = oneHost();
    stage.stitch.staticTranslations([published(host.ref.inode)]);
    const client = stage.half(ownerOf(a), A, '10.77.0.2:8080');
    stage.stitch.opened(client);
    stage.run(5_200);
    const peer = stage.recorder.peerOf(client);
    assert.deepEqual(
      [peer?.container, peer?.method, peer?.confidence, peer?.port],
      [b.container, 'published-port', 'assumed', 80],
    );
  });

  it('are told from other NAT', () => {
    const { stage, host, a, b } = oneHost();
    stage.stitch.staticTranslations([published(host.ref.inode)]);
    const entry: NatEntry = {
      transport: 'tcp',
      original: {
        sourceAddress: '172.18.0.2',
        sourcePort: 40000,
        destinationAddress: '10.77.0.2',
        destinationPort: 8080,
      },
      reply: { sourceAddress: '172.18.0.3', sourcePort: 80, destinationAddress: '172.18.0.1', destinationPort: 50000 },
      zone: 0,
    };
    stage.stitch.namespaces.natChanged(host.ref, entry, false);
    const client = stage.half(ownerOf(a), A, '10.77.0.2:8080');
    const server = stage.half(ownerOf(b), B, '172.18.0.1:50000', { role: 'server' });
    stage.stitch.opened(client);
    stage.stitch.opened(server);
    stage.run(1_500);
    assert.deepEqual(
      [client, server].map((half) => stage.recorder.peerOf(half)?.method),
      ['published-port', 'published-port'],
    );
    assert.equal(stage.recorder.peerOf(server)?.half, client);
  });

  it('with a proxy: two connections, joined by the process between them', () => {
    const { stage, host, a, b } = oneHost();
    stage.stitch.staticTranslations([published(host.ref.inode, { proxyPid: 77 })]);
    const proxy = { inode: host.ref.inode, pid: 77 };
    const other = { clientIsn: 5, serverIsn: 6 };
    const client = stage.half(ownerOf(a), A, '172.18.0.1:8080', { fingerprint: FINGERPRINT });
    const accepted = stage.half(proxy, '172.18.0.1:8080', A, { role: 'server', fingerprint: FINGERPRINT });
    const dialled = stage.half(proxy, '172.18.0.1:33333', B, { fingerprint: other });
    const server = stage.half(ownerOf(b), B, '172.18.0.1:33333', { role: 'server', fingerprint: other });
    for (const half of [client, accepted, dialled, server]) stage.stitch.opened(half);
    stage.run(5_200);
    const [atClient, atServer] = [stage.recorder.peerOf(client), stage.recorder.peerOf(server)];
    assert.deepEqual([atClient?.half, atClient?.container, atClient?.via?.pid], [server, b.container, 77]);
    assert.deepEqual([atServer?.half, atServer?.container, atServer?.via?.port], [client, a.container, 8080]);
    assert.equal(stage.recorder.peerOf(accepted)?.half, client);
    assert.equal(stage.recorder.peerOf(dialled)?.half, server);
  });

  it('with a proxy and two clients at one moment: nobody is taken for the other', () => {
    const { stage, host, a, b } = oneHost();
    stage.stitch.staticTranslations([published(host.ref.inode, { proxyPid: 77 })]);
    const proxy = { inode: host.ref.inode, pid: 77 };
    const servers = [1, 2].map((n) => {
      const [near, far] = [
        { clientIsn: n, serverIsn: n },
        { clientIsn: 100 + n, serverIsn: n },
      ];
      const from = `172.18.0.2:4000${n}`;
      stage.stitch.opened(stage.half(ownerOf(a), from, '172.18.0.1:8080', { fingerprint: near }));
      stage.stitch.opened(stage.half(proxy, '172.18.0.1:8080', from, { role: 'server', fingerprint: near }));
      stage.stitch.opened(stage.half(proxy, `172.18.0.1:3333${n}`, B, { fingerprint: far }));
      const server = stage.half(ownerOf(b), B, `172.18.0.1:3333${n}`, { role: 'server', fingerprint: far });
      stage.stitch.opened(server);
      return server;
    });
    stage.run(5_200);
    for (const server of servers)
      assert.deepEqual([stage.recorder.peerOf(server)?.kind, stage.recorder.peerOf(server)?.cause], ['host', 'proxy']);
    for (const { half, peer } of stage.recorder.flows.values())
      if (half.container === a.container)
        assert.deepEqual([peer.container, peer.half, peer.via?.pid], [b.container, undefined, 77]);
  });
});

describe('two-sided bytes', () => {
  it('are compared once both ends have closed, or ten seconds after the first', () => {
    for (const isServerClosed of [true, false]) {
      const { stage, a, b } = oneHost();
      const client = stage.half(ownerOf(a), A, B, { fingerprint: FINGERPRINT });
      const server = stage.half(ownerOf(b), B, A, { role: 'server', fingerprint: FINGERPRINT });
      for (const half of [client, server]) stage.stitch.opened(half);
      stage.run(500);
      Object.assign(client.counters, { transmittedBytes: 1_000, receivedBytes: 50 });
      Object.assign(server.counters, { transmittedBytes: 50, receivedBytes: 700 });
      client.closedMs = stage.time.nowMs;
      stage.stitch.closed(client);
      if (isServerClosed) {
        server.closedMs = stage.time.nowMs;
        stage.stitch.closed(server);
      }
      stage.run(isServerClosed ? 200 : 9_500);
      assert.equal(stage.recorder.unreceived.size, isServerClosed ? 2 : 0);
      stage.run(1_000);
      assert.deepEqual(
        [...stage.recorder.unreceived].sort(([a], [b]) => a - b),
        [
          [client.id, 300],
          [server.id, 0],
        ],
      );
    }
  });
});

describe('bounds', () => {
  it('a half flow without room is still handed on and closed', () => {
    const stage = openStage({ maxHalves: 1 });
    const [first, second] = [1, 2].map((n) => stage.half({ inode: 1 }, `10.0.0.1:${n}`, '10.0.0.2:80'));
    assert(first && second);
    stage.stitch.opened(first);
    stage.stitch.opened(second);
    assert.equal(stage.recorder.peerOf(second)?.cause, 'overflow');
    second.closedMs = stage.time.nowMs;
    stage.stitch.closed(second);
    assert(stage.recorder.closed.has(second.id));
    assert.equal(stage.lost()['half-flows'], 1);
  });

  it('ended translations give way, living ones are not forgotten', () => {
    const stage = openStage({ maxTranslations: 2 });
    const ref = { id: 1, inode: 1 };
    const { namespaces } = stage.stitch;
    namespaces.opened(ref);
    const entry = (port: number): NatEntry => ({
      transport: 'tcp',
      original: { sourceAddress: '10.0.0.1', sourcePort: port, destinationAddress: '10.0.0.2', destinationPort: 80 },
      reply: { sourceAddress: '10.0.0.3', sourcePort: 80, destinationAddress: '10.0.0.1', destinationPort: port },
      zone: 0,
    });
    for (const port of [1, 2]) namespaces.natChanged(ref, entry(port), false);
    namespaces.natChanged(ref, entry(3), false);
    assert.equal(stage.lost()['translations'], 1);
    namespaces.natChanged(ref, entry(1), true);
    namespaces.natChanged(ref, entry(3), false);
    assert.equal(stage.lost()['translations'], 1);
    namespaces.natDumped(ref, [entry(2), entry(4), entry(5)]);
    assert.equal(stage.lost()['translations'], 2);
  });

  it('of namespaces and rows', () => {
    const stage = openStage({ maxNamespaces: 1, maxRows: 2 });
    const { namespaces } = stage.stitch;
    namespaces.opened({ id: 1, inode: 1 });
    namespaces.opened({ id: 2, inode: 2 });
    for (let index = 1; index <= 4; index++)
      namespaces.changed(
        { id: 1, inode: 1 },
        {
          table: 'addresses',
          isRemoved: false,
          row: { family: 4, linkIndex: index, address: '10.0.0.1', prefixLength: 8 },
        },
      );
    assert.deepEqual(stage.lost(), { namespaces: 1, 'table-rows': 2 });
  });
});

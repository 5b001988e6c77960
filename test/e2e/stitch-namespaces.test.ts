import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SondeError } from '../../src/errors/sonde-error.ts';
import { createNamespaceKeeper } from '../../src/probe/net/namespace-keeper.ts';
import {
  createNetProbe,
  NET_PROBE_DEFAULTS,
  type NetProbe,
  type NetProbeOptions,
} from '../../src/probe/net/net-probe.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { openNetLab } from '../harness/netns.ts';
import { recordNamespaces } from '../harness/recording-sink.ts';
import { waitUntil } from '../harness/wait.ts';

const log = createLog('error', (line) => process.stderr.write(line));

function openProbe(options: Partial<NetProbeOptions> = {}) {
  const ledger = createLedger();
  const recorded = recordNamespaces();
  const probe = createNetProbe({ ...NET_PROBE_DEFAULTS, ...options }, { ledger, log, nowMs: Date.now }, recorded.sink);
  const lost = () => Object.fromEntries(ledger.rows().map((row) => [row.reason, row.count]));
  return { probe, ledger, recorded, lost };
}

describe('network namespaces come and go', () => {
  const lab = openNetLab();
  const probes: NetProbe[] = [];
  const open = (options?: Partial<NetProbeOptions>) => {
    const opened = openProbe(options);
    probes.push(opened.probe);
    return opened;
  };
  before(async () => void (await lab.add('host')));
  after(async () => {
    for (const probe of probes) probe.stop();
    await lab.close();
  });

  it('what cannot be opened is a coded error', async () => {
    const { probe } = open({ maxNamespaces: 1 });
    const code = (path: string, inode?: number) =>
      probe.open({ path, holderPid: undefined, inode }).then(
        () => 'opened',
        (error: unknown) => (error instanceof SondeError ? error.code : String(error)),
      );
    assert.equal(await code('/proc/4194303/ns/net'), 'SND_STI_NAMESPACE_GONE');
    assert.equal(await code('/proc/self/ns/mnt'), 'SND_STI_NAMESPACE');
    assert.equal(await code(lab.path('host'), 1), 'SND_STI_NAMESPACE_GONE');
    assert.equal(await code(lab.path('host')), 'opened');
    assert.equal(await code('/proc/self/ns/net'), 'SND_STI_NAMESPACE_LIMIT');
  });

  it('events the socket had no room for are counted, and a new dump tells what they said', async () => {
    const { probe, recorded, lost } = open({ receiveBufferBytes: 4096 });
    const ref = await probe.open({ path: lab.path('host'), holderPid: undefined, inode: undefined });
    const addresses = Array.from({ length: 2000 }, (_, i) => `addr add 10.200.${i >> 8}.${i & 255}/32 dev lo`);
    await lab.ip('host', ...addresses);
    const seen = recorded.byInode.get(ref.inode);
    await waitUntil(
      'all addresses',
      () => [...(seen?.rows.addresses.values() ?? [])].filter((row) => JSON.stringify(row).includes('10.200.')).length,
      (count) => count === 2000,
    );
    assert((lost()['route-overrun'] ?? 0) >= 1, JSON.stringify(lost()));
    assert((seen?.dumps ?? 0) >= 2);
    await lab.ip('host', 'addr flush dev lo', 'addr add 127.0.0.1/8 dev lo');
  });

  it('a dump larger than allowed is cut, counted, and does not stop the rest', async () => {
    await lab.ip(
      'host',
      ...Array.from({ length: 300 }, (_, i) => `route add blackhole 10.201.${i >> 8}.${i & 255}/32`),
    );
    const rows = open({ maxRows: 100 });
    const ref = await rows.probe.open({ path: lab.path('host'), holderPid: undefined, inode: undefined });
    assert((rows.lost()['table-rows'] ?? 0) >= 200);
    const bytes = open({ dumpBytes: 8192 });
    await bytes.probe.open({ path: lab.path('host'), holderPid: undefined, inode: undefined });
    assert.equal(bytes.lost()['table-dump-size'], 1);
    await lab.ip('host', 'link add brz type bridge');
    const seen = rows.recorded.byInode.get(ref.inode);
    await waitUntil(
      'the new bridge',
      () => JSON.stringify([...(seen?.rows.links.values() ?? [])]),
      (text) => text.includes('"brz"'),
    );
    await lab.ip('host', 'link del brz', 'route flush type blackhole');
  });

  it('translations are those of the kernel: dump, events, flush; nothing that is not translated', async () => {
    await lab.add('inner');
    await lab.ip(
      'host',
      'link add ve type veth peer name eth0 netns inner',
      'addr add 10.1.0.1/24 dev ve',
      'link set ve up',
    );
    await lab.ip('inner', 'addr add 10.1.0.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.1.0.1');
    await lab.run(
      'host',
      'iptables',
      '-t',
      'nat',
      '-A',
      'OUTPUT',
      '-p',
      'tcp',
      '-d',
      '10.1.0.1',
      '--dport',
      '8080',
      '-j',
      'DNAT',
      '--to',
      '10.1.0.2:80',
    );
    lab.spawn('inner', 'busybox', 'nc', '-ll', '-p', '80', '-e', 'cat');
    await waitUntil(
      'a listener',
      () => lab.run('inner', 'cat', '/proc/net/tcp6', '/proc/net/tcp'),
      (text) => / 0A /.test(text),
    );
    const dial = (address: string, port: number) =>
      lab.spawn('host', 'busybox', 'nc', address, String(port)).stdin?.write('x\n');
    /** Translated connections as the kernel's own file shows them. */
    const truth = async () => {
      const text = await lab.run('host', 'cat', '/proc/net/nf_conntrack');
      return text
        .split('\n')
        .map((line) => [...line.matchAll(/(?:src|dst|sport|dport)=(\S+)/g)].map((match) => match[1]))
        .filter((tuple) => tuple.length === 8 && tuple.slice(0, 2).join() !== [tuple[5], tuple[4]].join())
        .map((tuple) => tuple.join(' '))
        .sort();
    };
    dial('10.1.0.1', 8080);
    dial('10.1.0.2', 80);
    await waitUntil('the first entry', truth, (entries) => entries.length === 1);
    const { probe, recorded } = open();
    const ref = await probe.open({ path: lab.path('host'), holderPid: undefined, inode: undefined });
    const seen = recorded.byInode.get(ref.inode);
    assert(seen);
    const told = () =>
      [...seen.nat.values()]
        .flatMap(({ original: o, reply: r }) => [
          `${o.sourceAddress} ${o.destinationAddress} ${o.sourcePort} ${o.destinationPort} ${r.sourceAddress} ${r.destinationAddress} ${r.sourcePort} ${r.destinationPort}`,
        ])
        .sort();
    assert.deepEqual(told(), await truth());
    for (let i = 0; i < 5; i++) dial('10.1.0.1', 8080);
    dial('10.1.0.2', 80);
    await waitUntil('six entries', truth, (entries) => entries.length === 6);
    await waitUntil('six told', told, (entries) => entries.length === 6);
    assert.deepEqual(told(), await truth());
    await lab.flushConntrack('host');
    await waitUntil(
      'their end',
      () => seen.endedNat.length,
      (count) => count >= 5,
    );
    // The one that was there before anybody listened has no event; a dump ends it.
    probe.resync(ref);
    await waitUntil(
      'a new dump',
      () => seen.natDumps,
      (count) => count === 2,
    );
    assert.deepEqual(told(), await truth());
  });

  it('a namespace that vanishes while it is read harms nothing', async () => {
    const { probe, lost } = open();
    const outcomes: string[] = [];
    for (let i = 0; i < 15; i++) {
      await lab.add('short');
      const path = lab.path('short');
      const opening = probe.open({ path, holderPid: undefined, inode: undefined }).then(
        (ref) => {
          probe.close(ref);
          return 'opened';
        },
        (error: unknown) => (error instanceof SondeError ? error.code : 'other'),
      );
      if (i % 2 === 0) await new Promise((resolve) => setTimeout(resolve, i / 3));
      await lab.remove('short');
      outcomes.push(await opening);
    }
    assert(
      outcomes.every(
        (outcome) => outcome === 'opened' || outcome === 'SND_STI_NAMESPACE_GONE' || outcome === 'SND_STI_NAMESPACE',
      ),
      outcomes.join(),
    );
    assert.deepEqual(lost(), {});
  });

  it('is let go when its last process has ended, so that its devices go too', async () => {
    const { probe, recorded, ledger } = open();
    const keeper = createNamespaceKeeper({ procDir: '/proc', maxNamespaces: 64 }, { ledger, log }, probe);
    await lab.add('kept');
    await lab.ip('host', 'link add vk type veth peer name eth0 netns kept');
    const [first, second] = [0, 1].map(() => lab.spawn('kept', 'sleep', '1000'));
    const inode = lab.inode('kept');
    await waitUntil(
      'both in it',
      () => [first, second].map((child) => statSync(`/proc/${child?.pid}/ns/net`).ino),
      (inodes) => inodes.every((one) => one === inode),
    );
    keeper.want(inode, first?.pid ?? 0);
    await keeper.settled();
    keeper.want(inode, second?.pid ?? 0);
    await lab.remove('kept');
    first?.kill('SIGKILL');
    await waitUntil(
      'the end of the first',
      () => first?.signalCode,
      (signal) => signal === 'SIGKILL',
    );
    keeper.tick();
    assert.equal(recorded.byInode.get(inode)?.isClosed, false);
    second?.kill('SIGKILL');
    await waitUntil(
      'its release',
      () => {
        keeper.tick();
        return recorded.byInode.get(inode)?.isClosed;
      },
      (isClosed) => isClosed === true,
      3_000,
    );
    await waitUntil(
      'the end of its veth',
      () => lab.ipJson<{ ifname: string }[]>('host', 'link'),
      (links) => !links.some((link) => link.ifname === 'vk'),
    );
  });

  it('those that only a mount keeps are found, and let go with it', async () => {
    const { probe, recorded, ledger } = open();
    const keeper = createNamespaceKeeper({ procDir: '/proc', maxNamespaces: 64 }, { ledger, log }, probe);
    const inode = await lab.add('mounted');
    keeper.tick();
    await keeper.settled();
    assert.equal(recorded.byInode.get(inode)?.isClosed, false);
    await lab.remove('mounted');
    keeper.tick();
    assert.equal(recorded.byInode.get(inode)?.isClosed, true);
  });

  it('stopping leaves neither thread nor descriptor, in a worker too', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').filter((fd) => /^(socket|net):/.test(linkOf(fd))).length;
    const threads = () => readdirSync('/proc/self/task').length;
    const before = [descriptors(), threads()];
    for (let i = 0; i < 20; i++) {
      const { probe } = openProbe();
      await probe.open({ path: lab.path('host'), holderPid: process.pid, inode: undefined });
      probe.stop();
    }
    await waitUntil(
      'the same as before',
      () => [descriptors(), threads()],
      (now) => now[0] === before[0] && (now[1] ?? 0) <= (before[1] ?? 0) + 1,
      3_000,
    );
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: { url: new URL('../../src/probe/net/net-probe.ts', import.meta.url).href, path: lab.path('host') },
    });
    const said = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    assert.equal(said, 'opened');
    // Ended in the middle of its work, with the reader running.
    await worker.terminate();
    await waitUntil('no descriptor left', descriptors, (count) => count === before[0], 3_000);
  });
});

const WORKER = `const { parentPort, workerData } = require('node:worker_threads');
import(workerData.url).then(async ({ createNetProbe, NET_PROBE_DEFAULTS }) => {
  const nothing = new Proxy({}, { get: () => () => undefined });
  const probe = createNetProbe(NET_PROBE_DEFAULTS, { ledger: nothing, log: nothing, nowMs: Date.now }, nothing);
  await probe.open({ path: workerData.path, holderPid: undefined, inode: undefined });
  parentPort.postMessage('opened');
});`;

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

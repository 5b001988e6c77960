import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createIdentify } from '../../../src/identify/identify.ts';
import type { Container } from '../../../src/model/container.ts';
import type { SlotOpened } from '../../../src/model/facts.ts';
import { pidOf, slotOf } from '../../../src/model/ids.ts';
import { createLedger, type Ledger } from '../../../src/self/ledger.ts';
import { createLog } from '../../../src/self/log.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

const FILTER = {
  includeNames: [],
  excludeNames: [],
  includeLabels: [],
  excludeLabels: [],
  includeImages: [],
  excludeImages: [],
};

let dir = '';
let clock: ManualClock;
let ledger: Ledger;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sonde-identify-'));
  mkdirSync(join(dir, 'cgroup/root'), { recursive: true });
  mkdirSync(join(dir, 'proc'));
  makeProcess(1, 'host', 'host');
  clock = createManualClock();
  ledger = createLedger();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A /proc entry as far as identify reads it; namespaces are links, as in the kernel. */
function makeProcess(pid: number, mount: string, pidNamespace: string, comm = 'init'): void {
  const at = join(dir, 'proc', String(pid));
  mkdirSync(join(at, 'ns'), { recursive: true });
  symlinkSync(`mnt:[${mount}]`, join(at, 'ns/mnt'));
  symlinkSync(`pid:[${pidNamespace}]`, join(at, 'ns/pid'));
  symlinkSync('net:[4026531840]', join(at, 'ns/net'));
  writeFileSync(join(at, 'comm'), `${comm}\n`);
  writeFileSync(join(at, 'stat'), `${pid} (${comm}) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${pid} 0 0`);
  writeFileSync(join(at, 'environ'), 'A=b\0OTEL_SERVICE_NAME=from-env\0');
}

function makeCgroup(path: string, pids: readonly number[] = []): string {
  const at = join(dir, 'cgroup', path);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'cgroup.procs'), pids.map((pid) => `${pid}\n`).join(''));
  return String(statSync(at, { bigint: true }).ino);
}

/** A port that keeps its own books: every call, and which slots are taken. */
function startIdentify(filter: Partial<typeof FILTER> | Record<string, string[]> = {}, slots = 8) {
  const calls: string[] = [];
  const taken = new Map<string, number>();
  const free = Array.from({ length: slots }, (_, i) => i + 1);
  const opened: Container[] = [];
  const passed: string[] = [];
  const closed: { container: Container; isFilteredOut: boolean; release: () => void }[] = [];
  const identify = createIdentify(
    {
      scope: 'containers',
      cgroupRoot: '/root',
      procDir: join(dir, 'proc'),
      dockerHost: 'off',
      filter: { ...FILTER, ...filter },
      labelAllowList: [],
    },
    {
      clock,
      ledger,
      log: createLog('error', () => undefined),
      host: { id: 'h', name: 'h', attributes: {} },
      probe: {
        hierarchy: { mode: 'v2', mountPoint: join(dir, 'cgroup'), id: 0, v1MountPoint: undefined, v1Id: undefined },
        claimSlot(_hierarchy, cgroupId) {
          const slot = taken.get(cgroupId) ?? free.shift() ?? 0;
          taken.set(cgroupId, slot);
          return slotOf(slot);
        },
        bindChild: (_hierarchy, cgroupId, slot) => calls.push(`bind ${cgroupId} ${slot}`),
        ignoreSlot: (slot) => calls.push(`ignore ${slot}`),
        releaseSlot: (slot) => calls.push(`release ${slot}`),
      },
    },
    {
      opened: (container) => opened.push(container),
      push: (container, fact) => passed.push(`${container.key} ${fact.kind}`),
      closed: (container, isFilteredOut, release) => closed.push({ container, isFilteredOut, release }),
    },
  );
  const counted = (reason: string) => ledger.rows().find((row) => row.reason === reason)?.count ?? 0;
  return { identify, calls, opened, passed, closed, counted };
}

const openedAt = (slot: number, cgroupId: string, path: string | undefined, bootNs = 5e9): SlotOpened => ({
  kind: 'slot-opened',
  slot: slotOf(slot),
  bootNs,
  hierarchyId: 0,
  cgroupId,
  pid: pidOf(70),
  netnsInode: 1,
  path,
});
const execAt = (slot: number, name = 'sh') =>
  ({ kind: 'process-execed', slot: slotOf(slot), bootNs: 6e9, pid: pidOf(70), name, fileName: name }) as const;
const closedAt = (slot: number, bootNs: number) => ({ kind: 'slot-closed', slot: slotOf(slot), bootNs }) as const;

test('open, facts, close: the slot goes back once, when the receiver is done with it', () => {
  const { identify, calls, opened, passed, closed, counted } = startIdentify();
  identify.push(openedAt(3, '42', '/root/job'));
  identify.push(execAt(3));
  assert.deepEqual(passed, ['0:42 process-execed']);
  assert.equal(opened[0]?.startedMs, clock.bootToWallMs(5e9));
  identify.push(closedAt(3, 9e9));
  assert.equal(opened[0]?.endedMs, clock.bootToWallMs(9e9));
  // Until it is released, late facts still find their container.
  identify.push(execAt(3));
  assert.equal(passed.length, 2);
  assert.deepEqual(calls, []);
  closed[0]?.release();
  closed[0]?.release();
  assert.deepEqual(calls, ['release 3']);
  identify.push(execAt(3));
  assert.equal(counted('unknown-slot'), 1);
});

test('a slot given again is not closed by a late record of its owner before', () => {
  const { identify, closed } = startIdentify();
  identify.push(openedAt(3, '42', '/root/a', 5e9));
  identify.push(closedAt(3, 9e9));
  closed[0]?.release();
  identify.push(openedAt(3, '43', '/root/b', 20e9));
  identify.push(closedAt(3, 9e9));
  assert.equal(closed.length, 1);
  identify.push(closedAt(3, 21e9));
  assert.equal(closed[1]?.container.key, '0:43');
});

test('two opens of one slot: the first container ends, its release no longer touches the slot', () => {
  const { identify, calls, closed, opened, counted } = startIdentify();
  identify.push(openedAt(3, '42', '/root/a', 5e9));
  identify.push(openedAt(3, '43', '/root/b', 6e9));
  assert.equal(closed[0]?.container.key, '0:42');
  closed[0]?.release();
  assert.deepEqual(calls, []);
  assert.equal(opened.length, 2);
  assert.equal(counted('slot-conflict'), 1);
});

test('no slot left, outside the root, a host’s service: counted and not opened', () => {
  const { identify, calls, opened, counted } = startIdentify();
  identify.push(openedAt(0, '1', '/root/a'));
  identify.push(execAt(0));
  identify.push(openedAt(4, '2', '/elsewhere/a'));
  identify.push(openedAt(5, '3', '/root/cron.service'));
  identify.push(openedAt(6, '4', '/rooty/a'));
  assert.equal(opened.length, 0);
  assert.equal(counted('no-slot'), 2);
  assert.equal(counted('outside-root'), 2);
  assert.equal(counted('host-service'), 1);
  assert.deepEqual(calls, ['ignore 4', 'release 4', 'ignore 5', 'release 5', 'ignore 6', 'release 6']);
});

test('the path: from the record, from the directory’s record, from the process, by walking, or nobody’s', () => {
  const { identify, opened } = startIdentify();
  identify.push({ kind: 'cgroup-made', bootNs: 1, hierarchyId: 0, cgroupId: '50', path: '/root/noted' });
  identify.push(openedAt(1, '50', undefined));
  const walked = makeCgroup('root/deep/walked');
  identify.push(openedAt(2, walked, undefined));
  makeProcess(70, 'a', 'a');
  const own = makeCgroup('root/own');
  writeFileSync(join(dir, 'proc/70/cgroup'), '3:memory:/x\n0::/root/own\n');
  identify.push(openedAt(3, own, undefined));
  identify.push(openedAt(4, '999999', undefined));
  assert.deepEqual(
    opened.map(({ cgroupPath }) => cgroupPath),
    ['/root/noted', '/root/deep/walked', '/root/own', '/0:999999'],
  );
});

test('named by path after a second, with the first process’s name and environment', () => {
  const { identify, opened } = startIdentify();
  makeProcess(70, 'a', 'a', 'runc');
  identify.push(openedAt(3, '42', `/root/${'ab'.repeat(16)}`));
  identify.push(execAt(3, 'nginx'));
  identify.push(execAt(3, 'worker'));
  clock.advance(900);
  identify.tick(clock.wallMs());
  const identityOf = () => opened[0]?.identity;
  assert.equal(identityOf(), undefined);
  clock.advance(200);
  identify.tick(clock.wallMs());
  const identity = identityOf();
  assert.equal(identity?.name, 'nginx');
  assert.equal(identity?.resource['service.name'], 'from-env');
  identify.tick(clock.wallMs());
  assert.equal(identityOf(), identity);
});

test('one that ends before its name is named at its end', () => {
  const { identify, opened, closed } = startIdentify();
  identify.push(openedAt(3, '42', '/root/quick'));
  identify.push(closedAt(3, 6e9));
  assert.equal(opened[0]?.identity?.name, 'quick');
  assert.equal(closed.length, 1);
});

test('refused by the filter: ignored in the kernel, closed as filtered, its facts shed', () => {
  const { identify, calls, closed, passed, counted } = startIdentify({ excludeNames: ['noisy*'] });
  identify.push(openedAt(3, '42', '/root/noisy-one'));
  clock.advance(1_100);
  identify.tick(clock.wallMs());
  assert.deepEqual(calls, ['ignore 3']);
  assert.equal(closed[0]?.isFilteredOut, true);
  identify.push(execAt(3));
  assert.deepEqual(passed, []);
  assert.equal(counted('filtered'), 2);
  closed[0]?.release();
  assert.deepEqual(calls, ['ignore 3', 'release 3']);
  identify.tick(clock.wallMs());
  assert.equal(closed.length, 1);
});

test('found at start: nested ones bound, containers in containers apart, the host’s own left out', () => {
  makeProcess(10, 'm1', 'p1');
  makeProcess(11, 'm1', 'p1');
  makeProcess(12, 'm2', 'p2');
  makeProcess(13, 'm3', 'p1');
  makeProcess(14, 'host', 'host');
  makeCgroup('root/outer', [10]);
  const service = makeCgroup('root/outer/service', [11]);
  const sandbox = makeCgroup('root/outer/sandbox', [13]);
  makeCgroup('root/outer/inner', [12]);
  makeCgroup('root/plain', [14]);
  makeCgroup('root/empty', []);
  makeCgroup('elsewhere', [12]);
  const { identify, calls, opened } = startIdentify();
  identify.start();
  assert.deepEqual(
    opened.map(({ cgroupPath, isPreexisting, initPid }) => [cgroupPath, isPreexisting, initPid]),
    [
      ['/root/outer', true, 10],
      ['/root/outer/inner', true, 12],
    ],
  );
  assert.deepEqual(calls.toSorted(), [`bind ${sandbox} 1`, `bind ${service} 1`].toSorted());
  // Its record comes later: it is known already.
  identify.push(openedAt(1, opened[0]?.key.split(':')[1] ?? '', '/root/outer'));
  assert.equal(opened.length, 2);
});

test('a container whose processes all sit in child cgroups is its runtime’s cgroup', () => {
  const id = 'c'.repeat(64);
  makeProcess(10, 'm1', 'p1');
  makeProcess(12, 'm2', 'p2');
  makeCgroup(`root/docker/${id}`);
  makeCgroup(`root/docker/${id}/docker/${'d'.repeat(64)}`, [12]);
  const init = makeCgroup(`root/docker/${id}/init.scope`, [10]);
  const { identify, calls, opened } = startIdentify();
  identify.start();
  assert.deepEqual(
    opened.map(({ cgroupPath }) => cgroupPath),
    [`/root/docker/${id}`, `/root/docker/${id}/docker/${'d'.repeat(64)}`],
  );
  assert.equal(opened[0]?.initPid, 10);
  assert.ok(calls.includes(`bind ${init} ${opened[0]?.slot}`));
});

test('lost records are made good within two minutes', () => {
  const { identify, opened, closed, counted } = startIdentify();
  identify.start();
  makeProcess(10, 'm1', 'p1');
  makeCgroup('root/missed', [10]);
  clock.advance(61_000);
  identify.tick(clock.wallMs());
  assert.equal(opened[0]?.cgroupPath, '/root/missed');
  rmSync(join(dir, 'cgroup/root/missed'), { recursive: true });
  clock.advance(61_000);
  identify.tick(clock.wallMs());
  assert.equal(closed.length, 0);
  clock.advance(61_000);
  identify.tick(clock.wallMs());
  assert.equal(closed[0]?.container, opened[0]);
  assert.equal(counted('close-record-lost'), 1);
});

test('more containers than slots: counted, the others go on', () => {
  for (let i = 0; i < 5; i++) {
    makeProcess(100 + i, `m${i}`, `p${i}`);
    makeCgroup(`root/box-${i}`, [100 + i]);
  }
  const { identify, opened, counted } = startIdentify({}, 3);
  identify.start();
  assert.equal(opened.length, 3);
  assert.equal(counted('no-slot'), 2);
});

import assert from 'node:assert/strict';

import { once } from 'node:events';
import { readFileSync, rmdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OVERFLOW_SLOT, pidOf } from '../../src/model/ids.ts';
import { readHostLayout } from '../../src/probe/kernel/hierarchy.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { waitUntil } from '../harness/wait.ts';
import { buildWorkload } from '../harness/workload.ts';
import { runContained, startContained } from './contain.ts';
import { openKernel } from './open-kernel.ts';

test('a container is announced with its cgroup, its path and its network namespace, and its end', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  await runContained(cgroup, [await buildWorkload(), 'getppid:1']);
  const opened = await kernel.wait('slot-opened');
  assert.equal(opened.cgroupId, kernel.idOf(cgroup));
  assert.equal(opened.hierarchyId, kernel.probe.hierarchy.id);
  assert.equal(opened.path, cgroup);
  assert.equal(opened.netnsInode, statSync('/proc/self/ns/net').ino);
  const made = kernel.all('cgroup-made').filter(({ cgroupId }) => cgroupId === opened.cgroupId);
  assert.deepEqual([made[0]?.path, made[0]?.hierarchyId], [cgroup, opened.hierarchyId]);
  kernel.remove(cgroup);
  assert.equal((await kernel.wait('slot-closed')).slot, opened.slot);
  assert.deepEqual(
    kernel.probe.drops(),
    Object.fromEntries(Object.keys(kernel.probe.drops()).map((name) => [name, 0])),
  );
});

test('a child cgroup counts for its container; one with its own namespaces is a container of its own', async (t) => {
  const kernel = await openKernel(t);
  const outer = kernel.make('outer');
  const workload = await buildWorkload();
  startContained(outer, [workload, 'hold']);
  const { slot, pid } = await kernel.wait('slot-opened');
  const child = kernel.make('outer/child');
  // nsenter: the container's own namespaces, as a process it started itself would have.
  await runContained(child, ['/usr/bin/nsenter', '-t', String(pid), '-m', '-p', workload, 'getppid:25'], ['-n']);
  await kernel.wait('process-execed', (fact) => fact.slot === slot && fact.pid !== pid);
  await sleep(150);
  assert.equal(kernel.calls(slot, 'process.identity')[0], 25);
  assert.equal(kernel.all('slot-opened').length, 1);

  const nested = kernel.make('outer/nested');
  await runContained(nested, [workload, 'getppid:40']);
  const second = await kernel.wait('slot-opened', (fact) => fact.path === nested);
  assert.notEqual(second.slot, slot);
  await kernel.wait('process-exited', (fact) => fact.slot === second.slot);
  assert.equal(kernel.calls(second.slot, 'process.identity')[0], 40);
  assert.equal(kernel.calls(slot, 'process.identity')[0], 25);
  kernel.remove(nested);
  assert.equal((await kernel.wait('slot-closed')).slot, second.slot);
  kernel.remove(child);
  await sleep(150);
  assert.equal(kernel.all('slot-closed').length, 1, 'the end of a child is not the end of its container');
});

test('a released slot is clean for the next container', async (t) => {
  const kernel = await openKernel(t, {}, { slotLimit: 2 });
  const workload = await buildWorkload();
  for (const round of [1, 2, 3]) {
    const cgroup = kernel.make(`round${round}`);
    await runContained(cgroup, [workload, `getppid:${round}`, 'write:1:10:/tmp/sonde-reuse', 'openfail:1:/nowhere']);
    const { slot } = await kernel.wait('slot-opened', (fact) => fact.path === cgroup);
    assert.equal(slot, 1);
    await waitUntil(
      'exit',
      () => kernel.cells(slot).exits,
      (exits) => exits === 1,
    );
    assert.equal(kernel.calls(slot, 'process.identity')[0], round);
    assert.deepEqual(
      kernel.probe.hotFiles().map(({ writtenBytes }) => writtenBytes),
      [10],
    );
    assert.equal(kernel.cells(slot).errnos.length, 1);
    kernel.remove(cgroup);
    await waitUntil(
      'closed',
      () => kernel.all('slot-closed').length,
      (n) => n === round,
    );
    assert.equal(kernel.calls(slot, 'process.identity')[0], round, 'kept until it is released');
    kernel.probe.releaseSlot(slot);
    kernel.probe.releaseSlot(slot);
    assert.equal(kernel.calls(slot, 'process.identity')[0], 0);
    assert.equal(kernel.probe.fill()['slots'], 0);
  }
});

test('without a free slot the overflow slot counts, and the drop is counted', async (t) => {
  const kernel = await openKernel(t, {}, { slotLimit: 2 });
  const workload = await buildWorkload();
  const first = kernel.make('first');
  await runContained(first, [workload, 'getppid:3']);
  for (const name of ['second', 'third']) await runContained(kernel.make(name), [workload, 'getppid:100']);
  await kernel.wait('process-exited', (fact) => fact.slot === 1);
  assert.equal(kernel.calls(1, 'process.identity')[0], 3);
  assert.equal(kernel.calls(OVERFLOW_SLOT, 'process.identity')[0], 200);
  assert.equal(kernel.cells(OVERFLOW_SLOT).execs, 2);
  assert.equal(kernel.probe.drops()['no_slot'], 2);
  assert.equal(kernel.all('slot-opened').length, 1);
});

test('an ignored container is counted no more, not reopened, and its slot serves another', async (t) => {
  const kernel = await openKernel(t, {}, { slotLimit: 2 });
  const workload = await buildWorkload();
  const cgroup = kernel.make('a');
  await runContained(cgroup, [workload, 'getppid:5']);
  const { slot } = await kernel.wait('slot-opened');
  kernel.probe.ignoreSlot(slot);
  await runContained(cgroup, [workload, 'getppid:7']);
  makeCgroup(`${cgroup}/child`);
  await runContained(`${cgroup}/child`, [workload, 'getppid:9']);
  await sleep(150);
  assert.equal(kernel.calls(slot, 'process.identity')[0], 5);
  kernel.probe.releaseSlot(slot);
  const other = kernel.make('b');
  await runContained(other, [workload, 'getppid:11']);
  await kernel.wait('slot-opened', (fact) => fact.path === other && fact.slot === slot);
  await waitUntil(
    'exit',
    () => kernel.cells(slot).exits,
    (exits) => exits === 1,
  );
  assert.equal(kernel.calls(slot, 'process.identity')[0], 11);
  removeCgroup(cgroup);
  await sleep(150);
  assert.equal(kernel.all('slot-closed').length, 0, 'the end of an ignored cgroup is not told');
});

test('a container older than the programs is claimed, with its child cgroups', async (t) => {
  const workload = await buildWorkload();
  let cgroup = '';
  const kernel = await openKernel(t, {}, {}, async (root) => {
    cgroup = `${root}/old`;
    makeCgroup(`${cgroup}/child`);
    for (const [path, calls] of [
      [cgroup, 10],
      [`${cgroup}/child`, 20],
    ] as const) {
      startContained(path, [workload, 'sigwait', `getppid:${calls}`, 'hold']);
    }
    await sleep(300);
  });
  assert.equal(kernel.all('slot-opened').length, 0);
  const pids = [cgroup, `${cgroup}/child`].map((path) =>
    Number(readFileSync(`${kernel.probe.hierarchy.mountPoint}${path}/cgroup.procs`, 'utf8').trim()),
  );
  const id = kernel.idOf(cgroup);
  const slot = kernel.probe.claimSlot(kernel.probe.hierarchy.id, id, 1, pidOf(pids[0] ?? 0));
  assert.ok(slot > 0);
  assert.equal(kernel.probe.claimSlot(kernel.probe.hierarchy.id, id, 1), slot, 'claiming twice gives the same');
  kernel.probe.bindChild(kernel.probe.hierarchy.id, kernel.idOf(`${cgroup}/child`), slot);
  for (const pid of pids) process.kill(pid, 'SIGUSR1');
  await waitUntil(
    'calls',
    () => kernel.calls(slot, 'process.identity')[0],
    (calls) => calls >= 30,
  );
  assert.equal(kernel.calls(slot, 'process.identity')[0], 30);
});

test('nothing above or beside the root is counted, nor a process in the host mount namespace', async (t) => {
  const kernel = await openKernel(t);
  const workload = await buildWorkload();
  const beside = `${kernel.root}-beside`;
  makeCgroup(beside);
  t.after(() => removeCgroup(beside));
  await runContained(beside, [workload, 'getppid:5']);
  await runContained(kernel.root, [workload, 'getppid:5']);
  await runContained(kernel.make('plain'), [workload, 'getppid:5'], ['-n']);
  // A service that an init of the host started: no helper of a runtime, however long it runs.
  const service = startContained(kernel.make('service'), [workload, 'hold'], ['-n']);
  await sleep(100);
  assert.equal(kernel.probe.fill()['joining'], 0);
  for (const pid of readFileSync(
    `${kernel.probe.hierarchy.mountPoint}${kernel.root}/service/cgroup.procs`,
    'utf8',
  ).split('\n'))
    if (pid !== '') process.kill(Number(pid), 'SIGKILL');
  await once(service, 'exit');
  await sleep(150);
  assert.deepEqual(kernel.all('slot-opened'), []);
  assert.deepEqual(
    kernel.facts.map(({ kind }) => kind).filter((kind) => kind !== 'cgroup-made'),
    [],
  );
});

test('scope host counts services too: any cgroup below the root', async (t) => {
  const kernel = await openKernel(t, { scope: 'host' });
  const cgroup = kernel.make('service');
  await runContained(cgroup, [await buildWorkload(), 'getppid:5'], ['-n']);
  const { slot, path } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited');
  assert.equal(path, cgroup);
  assert.equal(kernel.calls(slot, 'process.identity')[0], 5);
});

test('a container that is only in a v1 hierarchy has its slot by that one (hybrid)', async (t) => {
  const layout = readHostLayout('/sys/fs/cgroup', '/proc');
  assert.equal(layout.hierarchy.mode, 'hybrid', 'this host is hybrid; the case below is made for it');
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  // The v2 directory goes away: the launcher joins only what exists.
  rmdirSync(`${layout.hierarchy.mountPoint}${cgroup}`);
  await runContained(cgroup, [await buildWorkload(), 'getppid:6']);
  const opened = await kernel.wait('slot-opened');
  assert.equal(opened.hierarchyId, layout.hierarchy.v1Id);
  assert.equal(opened.path, cgroup);
  await kernel.wait('process-exited');
  assert.equal(kernel.calls(opened.slot, 'process.identity')[0], 6);
  kernel.remove(cgroup);
  await kernel.wait('slot-closed');
});

test('the calls of a helper that joins a running container are not the container’s', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  const workload = await buildWorkload();
  startContained(cgroup, [workload, 'hold']);
  const { slot } = await kernel.wait('slot-opened');
  // -j: moved in by its parent, 500 getppid calls, then exec of a program that makes 30.
  await runContained(cgroup, [workload, 'getppid:30'], ['-j']);
  await kernel.wait('process-exited');
  assert.deepEqual(kernel.calls(slot, 'process.identity'), [30, 0]);
  const { execs, starts, exits } = kernel.cells(slot);
  assert.deepEqual({ execs, starts, exits }, { execs: 2, starts: 0, exits: 1 });
  // Without -j it moves itself; its fork and exec are a helper's all the same.
  await runContained(cgroup, [workload, 'getppid:4']);
  await waitUntil(
    'exit',
    () => kernel.cells(slot).exits,
    (count) => count === 2,
  );
  assert.deepEqual(kernel.calls(slot, 'process.identity'), [34, 0]);
  assert.deepEqual(kernel.calls(slot, 'file.open'), [0, 0], 'the helper opened cgroup files');
  assert.equal(kernel.probe.fill()['joining'], 0);
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupMounts } from '../harness/cgroup.ts';
import { waitUntil } from '../harness/wait.ts';
import { buildWorkload } from '../harness/workload.ts';
import { runContained } from './contain.ts';
import { openKernel } from './open-kernel.ts';

const PYTHON = '/usr/bin/python3';

test('a process killed for memory is reported with its container, once', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  const limit = cgroupMounts()
    .flatMap((mount) => ['memory.limit_in_bytes', 'memory.max'].map((file) => join(mount, cgroup, file)))
    .find((file) => existsSync(file));
  assert.ok(limit);
  writeFileSync(limit, String(16 * 1_048_576));
  const { code } = await runContained(cgroup, [await buildWorkload(), 'oom']);
  assert.equal(code, 128 + 9);
  const killed = await kernel.wait('oom-killed');
  const exited = await kernel.wait('process-exited');
  assert.equal(killed.pid, exited.pid);
  assert.match(killed.name, /^workload/);
  assert.deepEqual([exited.signal, exited.exitCode, exited.isContainerInit], [9, undefined, true]);
  assert.equal(kernel.cells(killed.slot).oomKills, 1);
});

test('threads that end together are one process that ends once; all their CPU time counts', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  const script = [
    'import threading, os, time',
    'go = threading.Event()',
    'def work():',
    '  go.wait()',
    '  end = time.thread_time() + 0.02',
    '  while time.thread_time() < end: pass',
    'threads = [threading.Thread(target=work) for _ in range(20)]',
    'for one in threads: one.start()',
    'go.set()',
    'for one in threads[:10]: one.join()',
    'os._exit(5)',
  ].join('\n');
  for (let round = 1; round <= 3; round++) await runContained(cgroup, [PYTHON, '-c', script]);
  const { slot } = await kernel.wait('slot-opened');
  await waitUntil(
    'exits',
    () => kernel.all('process-exited').length,
    (exits) => exits === 3,
  );
  assert.equal(kernel.cells(slot).exits, 3);
  assert.deepEqual(
    kernel.all('process-exited').map(({ exitCode }) => exitCode),
    [5, 5, 5],
  );
  const { starts, execs, endedCpuNs } = kernel.cells(slot);
  assert.deepEqual({ starts, execs }, { starts: 0, execs: 3 });
  // At least ten threads of 20 ms in each round ended by themselves.
  assert.ok(endedCpuNs > 3 * 10 * 20e6, `${endedCpuNs / 1e6} ms`);
});

test('sendfile, copy_file_range and vectors move bytes on both ends', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  const folder = mkdtempSync(join(tmpdir(), 'sonde-copy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'source'), Buffer.alloc(10_000));
  const script = [
    'import os, sys',
    `os.chdir(${JSON.stringify(folder)})`,
    'source = os.open("source", os.O_RDONLY)',
    'copied = os.open("copied", os.O_RDWR | os.O_CREAT)',
    'sent = os.open("sent", os.O_RDWR | os.O_CREAT)',
    'assert os.copy_file_range(source, copied, 6000, 0, 0) == 6000',
    'assert os.sendfile(sent, source, 0, 4000) == 4000',
    'assert os.writev(sent, [b"a" * 70, b"b" * 30]) == 100',
    'assert os.preadv(sent, [bytearray(20), bytearray(5)], 0) == 25',
    'os.fdatasync(sent)',
  ].join('\n');
  const { code } = await runContained(cgroup, [PYTHON, '-c', script]);
  assert.equal(code, 0);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited');
  const files = kernel.probe.hotFiles().filter((file) => file.slot === slot && file.path.startsWith(folder));
  assert.deepEqual(
    Object.fromEntries(
      files.map(({ path, readBytes, writtenBytes }) => [path.slice(folder.length + 1), [readBytes, writtenBytes]]),
    ),
    { source: [10_000, 0], copied: [0, 6000], sent: [25, 4100] },
  );
  assert.equal(kernel.calls(slot, 'file.sync')[0], 1);
});

test('500 containers made, run and removed: each found, ended, and its slot free again', async (t) => {
  const kernel = await openKernel(t, {}, { slotLimit: 64 });
  const workload = await buildWorkload();
  const released = new Set<number>();
  let closed = 0;
  for (let batch = 0; batch < 50; batch++) {
    const names = Array.from({ length: 10 }, (_, i) => kernel.make(`c${batch * 10 + i}`));
    await Promise.all(names.map((cgroup) => runContained(cgroup, [workload, 'getppid:3'])));
    for (const cgroup of names) kernel.remove(cgroup);
    closed += names.length;
    await waitUntil(
      'closed',
      () => kernel.all('slot-closed').length,
      (count) => count === closed,
    );
    for (const { slot } of kernel.all('slot-closed').slice(-names.length)) {
      assert.equal(kernel.calls(slot, 'process.identity')[0], 3);
      released.add(slot);
      kernel.probe.releaseSlot(slot);
    }
  }
  assert.equal(kernel.all('slot-opened').length, 500);
  assert.ok(released.size < 64);
  assert.deepEqual([kernel.probe.drops()['no_slot'], kernel.probe.drops()['ring_full']], [0, 0]);
  const { slots, cgroups, joining } = kernel.probe.fill();
  assert.deepEqual({ slots, cgroups, joining }, { slots: 0, cgroups: 0, joining: 0 });
});

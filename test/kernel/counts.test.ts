import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AREA_NAMES, CLASS_NAMES, OPERATION_COUNT, OPERATION_NAMES } from '../../src/generated/layout.ts';
import type { SlotCells } from '../../src/model/snapshot.ts';
import { buildWorkload, callsOf, parseTruth } from '../harness/workload.ts';
import { runContained } from './contain.ts';
import { openKernel } from './open-kernel.ts';

const operation = (cells: SlotCells, area: (typeof AREA_NAMES)[number], name: (typeof OPERATION_NAMES)[number]) =>
  cells.fileOperations[AREA_NAMES.indexOf(area) * OPERATION_COUNT + OPERATION_NAMES.indexOf(name)];
const bytes = (cells: SlotCells, area: (typeof AREA_NAMES)[number]) =>
  [0, 1].map((direction) => cells.fileBytes[AREA_NAMES.indexOf(area) * 2 + direction]);
const errnos = (cells: SlotCells) =>
  Object.fromEntries(cells.errnos.map((e) => [`${CLASS_NAMES[e.classIndex]}/${e.errno}`, e.count]));

test('every call, error, exec, fork and exit of a container is counted exactly', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  const { code, stdout } = await runContained(cgroup, [
    await buildWorkload(),
    'openat:37:/etc/passwd',
    'openfail:5:/nowhere',
    'unixfail:4',
    'getppid:1000',
    'spawn:3:7',
    'fork:2:0',
    'kill:1:9',
    'exit:3',
  ]);
  assert.equal(code, 3);
  const truth = parseTruth(stdout);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited', (fact) => fact.isContainerInit);
  const cells = kernel.cells(slot);

  assert.deepEqual(kernel.calls(slot, 'file.open'), [callsOf(truth, 'openat'), 5]);
  assert.deepEqual(kernel.calls(slot, 'file.close'), [callsOf(truth, 'close'), 0]);
  assert.deepEqual(kernel.calls(slot, 'net.connect'), [4, 4]);
  assert.deepEqual(
    kernel.calls(slot, 'process.clone'),
    [truth.forkedChildren, 0],
    'a fork counts once, not in the child',
  );
  assert.deepEqual(kernel.calls(slot, 'process.exec'), [truth.execs, 0], 'the first exec returns in the container');
  assert.deepEqual(kernel.calls(slot, 'process.wait'), [callsOf(truth, 'wait4'), 0]);
  // The killed child asks for its pid once more.
  assert.deepEqual(kernel.calls(slot, 'process.identity'), [callsOf(truth, 'getppid') + 1, 0]);
  assert.deepEqual(errnos(cells), { 'file.open/2': 5, 'net.connect/2': 4 });
  assert.deepEqual(
    [cells.starts, cells.execs, cells.exits, cells.lostStarts, cells.lostExecs, cells.lostExits],
    [6, 4, 7, 0, 0, 0],
  );
  assert.ok(cells.endedCpuNs > 0);

  const exits = kernel
    .all('process-exited')
    .map(({ exitCode, signal, isContainerInit }) => ({ exitCode, signal, isContainerInit }));
  const quiet = { signal: undefined, isContainerInit: false };
  assert.deepEqual(exits, [
    { ...quiet, exitCode: 7 },
    { ...quiet, exitCode: 7 },
    { ...quiet, exitCode: 7 },
    { ...quiet, exitCode: 0 },
    { ...quiet, exitCode: 0 },
    { exitCode: undefined, signal: 9, isContainerInit: false },
    { exitCode: 3, signal: undefined, isContainerInit: true },
  ]);
  assert.equal(kernel.all('process-started').length, 6);
  assert.equal(kernel.all('process-execed').length, 4);
  assert.match(kernel.all('process-execed')[0]?.fileName ?? '', /workload/);
});

test('bytes and operations by area, and hot files with the path the container sees', async (t) => {
  const kernel = await openKernel(t);
  const folder = mkdtempSync(join(tmpdir(), 'sonde-area-'));
  const volume = mkdtempSync(join(tmpdir(), 'sonde-volume-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(volume, { recursive: true, force: true });
  });
  const cgroup = kernel.make('a');
  const { stdout } = await runContained(
    cgroup,
    [
      await buildWorkload(),
      `write:9:1000:${folder}/rootfs.txt`,
      `read:4:250:${folder}/rootfs.txt`,
      `pread:2:100:${folder}/rootfs.txt`,
      `write:3:4096:/mnt/volume.txt`,
      `fsync:2:/mnt/volume.txt`,
      'read:5:11:/dev/zero',
      'write:1:13:/dev/null',
      'read:1:16:/proc/uptime',
      `create:3:${folder}`,
      `rename:2:${folder}`,
      `unlink:1:${folder}`,
    ],
    ['-b', `${volume}:/mnt`],
  );
  const truth = parseTruth(stdout);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited');
  const cells = kernel.cells(slot);

  assert.deepEqual(bytes(cells, 'rootfs'), [4 * 250 + 2 * 100, 9000]);
  assert.deepEqual(bytes(cells, 'volume'), [0, 3 * 4096]);
  assert.deepEqual(bytes(cells, 'dev'), [55, 13]);
  const [uptimeBytes] = bytes(cells, 'proc');
  assert.equal(uptimeBytes, truth.readBytes - 1200 - 55);
  const piped = (bytes(cells, 'pipe')[1] ?? 0) + (bytes(cells, 'sock')[1] ?? 0);
  assert.equal(piped, truth.stdoutBytes, 'the truth itself went to a pipe or socket');

  assert.equal(operation(cells, 'rootfs', 'create'), 1 + 3);
  assert.equal(operation(cells, 'rootfs', 'open'), 2);
  assert.equal(operation(cells, 'volume', 'create'), 1);
  assert.equal(operation(cells, 'volume', 'open'), 1);
  assert.equal(operation(cells, 'volume', 'fsync'), 2);
  assert.equal(operation(cells, 'none', 'close'), callsOf(truth, 'close'));
  // f2 was renamed only in part: f0 and f1 are r0 and r1, so unlink of f0 fails and is no operation.
  assert.equal(operation(cells, 'none', 'rename'), 2);
  assert.equal(operation(cells, 'none', 'unlink'), 0);

  const hot = kernel.probe.hotFiles().filter((file) => file.slot === slot);
  assert.deepEqual(
    hot
      .map(({ path, readBytes, writtenBytes }) => ({ path, readBytes, writtenBytes }))
      .sort((a, b) => a.path.localeCompare(b.path)),
    [
      { path: '/mnt/volume.txt', readBytes: 0, writtenBytes: 12288 },
      { path: `${folder}/rootfs.txt`, readBytes: 1200, writtenBytes: 9000 },
    ],
  );
});

test('more files than the table holds: a drop is counted, and a busy file still gets in', async (t) => {
  const kernel = await openKernel(t);
  const folder = mkdtempSync(join(tmpdir(), 'sonde-many-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (let i = 0; i < 9000; i++) writeFileSync(join(folder, `small-${i}`), '0123456789');
  const cgroup = kernel.make('a');
  const script = `cat ${folder}/* > /dev/null; ${await buildWorkload()} write:20:65536:${folder}/busy`;
  await runContained(cgroup, ['/bin/sh', '-c', script]);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited', ({ isContainerInit }) => isContainerInit);
  assert.ok((kernel.probe.drops()['hot_full'] ?? 0) > 0);
  assert.ok((kernel.probe.fill()['hot_files'] ?? 0) > 0.9);
  const files = kernel.probe.hotFiles().filter((file) => file.slot === slot);
  const busy = files.find(({ path }) => path === `${folder}/busy`);
  assert.equal(busy?.writtenBytes, 20 * 65536);
  assert.ok(files.filter(({ path }) => path.startsWith(`${folder}/small-`)).length > 3500);
  const read = bytes(kernel.cells(slot), 'rootfs')[0] ?? 0;
  assert.ok(read >= 90_000, `the area has all of it: ${read}`);
});

test('level latency: one call of eight is timed, and the same calls are counted', async (t) => {
  const kernel = await openKernel(t, { level: 'latency' });
  const cgroup = kernel.make('a');
  await runContained(cgroup, [await buildWorkload(), 'read:16000:1:/dev/zero', 'getppid:1000']);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited');
  assert.deepEqual(kernel.calls(slot, 'file.read'), [16000, 0]);
  const { durations } = kernel.cells(slot);
  const read = durations.find(({ classIndex }) => CLASS_NAMES[classIndex] === 'file.read');
  assert.ok(read);
  assert.ok(read.count > 1700 && read.count < 2300, `${read.count} of 16000 timed`);
  assert.equal(
    read.count,
    read.buckets.reduce((sum, n) => sum + n, 0),
  );
  const meanS = read.sumS / read.count;
  assert.ok(meanS > 1e-8 && meanS < 1e-4, `mean ${meanS} s`);
  // The bucket of the median must hold values around the mean: 2^offset … in seconds.
  assert.ok(2 ** read.offset < meanS && 2 ** (read.offset + read.buckets.length) > meanS);
  assert.ok(!durations.some(({ classIndex }) => CLASS_NAMES[classIndex] === 'process.identity'), 'not a timed class');
});

test('level off: no syscall program is loaded, containers and processes are still seen', async (t) => {
  const kernel = await openKernel(t, { level: 'off' });
  const cgroup = kernel.make('a');
  await runContained(cgroup, [await buildWorkload(), 'getppid:10', 'exit:4']);
  const { slot } = await kernel.wait('slot-opened');
  const { exitCode } = await kernel.wait('process-exited');
  assert.equal(exitCode, 4);
  assert.deepEqual(kernel.calls(slot, 'process.identity'), [0, 0]);
  assert.equal(kernel.cells(slot).execs, 1);
  const unused = kernel.probe.programs.filter(({ isLoaded }) => !isLoaded).map(({ name }) => name);
  assert.deepEqual(unused.toSorted(), ['sd_tp_sys_enter', 'sd_tp_sys_exit', 'sd_tp_sys_timed']);
});

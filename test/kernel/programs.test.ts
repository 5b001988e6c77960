import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKernelProbe } from '../../src/probe/kernel/create-kernel-probe.ts';
import { PROGRAMS } from '../../src/probe/kernel/programs.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { buildWorkload } from '../harness/workload.ts';
import { runContained } from './contain.ts';
import { openKernel, optionsFor } from './open-kernel.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-planted-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** BPF programs in an object, by its BTF. */
function programsIn(object: string): string[] {
  const dump = execFileSync('bpftool', ['btf', 'dump', 'file', object, 'format', 'raw', '-j'], { maxBuffer: 1 << 26 });
  const { types } = JSON.parse(dump.toString()) as { types: { kind: string; name: string; linkage?: string }[] };
  return types.filter(({ kind, name }) => kind === 'FUNC' && /^sd_(tp|it|cg)_/.test(name)).map(({ name }) => name);
}

test('the table of programs is the object’s, and names differ in the 15 characters the kernel keeps', () => {
  const names = programsIn('build/sonde.bpf.o');
  assert.deepEqual(names.toSorted(), Object.keys(PROGRAMS).toSorted());
  assert.equal(new Set(names.map((name) => name.slice(0, 15))).size, names.length);
});

test('a program the verifier refuses is reported with its last lines; the others run', async (t) => {
  const folder = makeFolder(t);
  execFileSync('make', ['-s', '-C', 'bpf', `OUT=${folder}`, 'MAIN=../test/kernel/planted.bpf.c'], { stdio: 'inherit' });
  const kernel = await openKernel(t, {}, { objectPath: join(folder, 'sonde.bpf.o') });
  const refused = kernel.probe.programs.filter(({ code }) => code !== undefined);
  assert.deepEqual(
    refused.map(({ name, isLoaded, code }) => ({ name, isLoaded, code })),
    [{ name: 'sd_tp_fork', isLoaded: false, code: 'SND_BPF_PROGRAM_REFUSED' }],
  );
  assert.match(refused[0]?.reason ?? '', /invalid mem access 'map_value_or_null'/);
  assert.match(refused[0]?.purpose ?? '', /process starts/);
  await runContained(kernel.make('a'), [await buildWorkload(), 'spawn:2:0', 'getppid:9']);
  const { slot } = await kernel.wait('slot-opened');
  await kernel.wait('process-exited', ({ isContainerInit }) => isContainerInit);
  assert.deepEqual(kernel.calls(slot, 'process.identity'), [9, 0]);
  const { starts, execs, exits } = kernel.cells(slot);
  assert.deepEqual({ starts, execs, exits }, { starts: 0, execs: 3, exits: 3 });
});

test('only the tracepoint’s variant that this kernel has is loaded', async (t) => {
  const kernel = await openKernel(t);
  const names = kernel.probe.programs.map(({ name }) => name);
  assert.equal(names.filter((name) => name.startsWith('sd_tp_oom')).length, 1);
});

test('an object that is none, a root that is none: a coded error', async (t) => {
  const root = `/sonde-test/kernel-${process.pid}-none`;
  const clock = createSystemClock('/proc');
  await assert.rejects(createKernelProbe(optionsFor(root), { clock }), { code: 'SND_BPF_CGROUP_ROOT' });
  makeCgroup(root);
  t.after(() => removeCgroup(root));
  const garbage = join(makeFolder(t), 'garbage.bpf.o');
  writeFileSync(garbage, 'no ELF');
  await assert.rejects(createKernelProbe(optionsFor(root), { clock }, { objectPath: garbage }), {
    code: 'SND_BPF_OBJECT',
  });
  await assert.rejects(createKernelProbe(optionsFor(root), { clock }, { objectPath: '/nowhere.o' }), {
    code: 'SND_BPF_OBJECT',
  });
  await assert.rejects(createKernelProbe({ ...optionsFor(root), cgroupDir: '/nowhere' }, { clock }), {
    code: 'SND_BPF_CGROUP',
  });
});

test('kernel memory stays within its limit at any number of CPUs: slots give way', async (t) => {
  const kernel = await openKernel(t, {}, { memoryLimitBytes: 8 * 1_048_576 });
  const small = kernel.probe.limits();
  assert.ok(small.memoryBytes <= 8 * 1_048_576, `${small.memoryBytes}`);
  assert.ok(small.slots > 100 && small.slots < 1024, `${small.slots} slots`);
});

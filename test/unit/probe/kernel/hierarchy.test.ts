import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCgroupLayout } from '../../../../src/probe/kernel/hierarchy.ts';

const V2 = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
const UNIFIED = '31 30 0:27 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw';
const MEMORY = '33 30 0:29 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory';
const CPU = '34 30 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:13 - cgroup cgroup rw,cpu,cpuacct';
const FREEZER = '35 30 0:31 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer';
const ELSEWHERE = '36 30 0:29 / /mnt/memory rw shared:12 - cgroup cgroup rw,memory';
const CGROUPS =
  '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t9\t1\nmemory\t4\t9\t1\nfreezer\t6\t9\t1\npids\t0\t1\t1\n';

const read = (...lines: string[]) => readCgroupLayout(`${lines.join('\n')}\n`, CGROUPS, '/sys/fs/cgroup');

test('pure v2', () => {
  const { hierarchy, modeNumber } = read(V2);
  assert.deepEqual(hierarchy, {
    mode: 'v2',
    mountPoint: '/sys/fs/cgroup',
    id: 0,
    v1MountPoint: undefined,
    v1Id: undefined,
  });
  assert.equal(modeNumber, 0);
});

test('v1 alone: the first of memory, pids, cpu, freezer that is mounted', () => {
  assert.deepEqual(read(MEMORY, CPU, FREEZER).hierarchy, {
    mode: 'v1',
    mountPoint: '/sys/fs/cgroup/memory',
    id: 4,
    v1MountPoint: '/sys/fs/cgroup/memory',
    v1Id: 4,
  });
  const cpu = read(FREEZER, CPU);
  assert.deepEqual(
    [cpu.hierarchy.mountPoint, cpu.hierarchy.id, cpu.controllerNumber],
    ['/sys/fs/cgroup/cpu,cpuacct', 2, 2],
  );
  assert.deepEqual([read(FREEZER).hierarchy.id, read(FREEZER).controllerNumber], [6, 3]);
});

test('both: v2 is the key, v1 behind it', () => {
  assert.deepEqual(read(UNIFIED, MEMORY).hierarchy, {
    mode: 'hybrid',
    mountPoint: '/sys/fs/cgroup/unified',
    id: 0,
    v1MountPoint: '/sys/fs/cgroup/memory',
    v1Id: 4,
  });
});

test('mounts outside the directory and octal escapes', () => {
  assert.throws(() => read(ELSEWHERE), { code: 'SND_BPF_CGROUP' });
  assert.throws(() => read(), { code: 'SND_BPF_CGROUP' });
  const odd = V2.replace('/sys/fs/cgroup rw', '/sys/fs/cgroup/a\\040b rw');
  assert.equal(read(odd).hierarchy.mountPoint, '/sys/fs/cgroup/a b');
});

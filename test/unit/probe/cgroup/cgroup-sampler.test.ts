import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pidOf, slotOf } from '../../../../src/model/ids.ts';
import { createCgroupSampler } from '../../../../src/probe/cgroup/cgroup-sampler.ts';
import type { Hierarchy } from '../../../../src/probe/probe.ts';
import { createManualClock, type ManualClock } from '../../manual-clock.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const SLOT = slotOf(3);
let dir = '';
let clock: ManualClock;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sonde-cgroup-'));
  cpSync(FIXTURES, dir, { recursive: true });
  clock = createManualClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function openSampler(mode: Hierarchy['mode'], folder: string, pid?: number) {
  const cgroupDir = join(dir, folder);
  const mountPoint = { v2: cgroupDir, hybrid: `${cgroupDir}/unified`, v1: `${cgroupDir}/memory` }[mode];
  const v1 = mode === 'v2' ? undefined : { mountPoint: `${cgroupDir}/memory`, id: 4 };
  const hierarchy: Hierarchy = {
    mode,
    mountPoint,
    id: mode === 'v1' ? 4 : 0,
    v1MountPoint: v1?.mountPoint,
    v1Id: v1?.id,
  };
  const sampler = createCgroupSampler({ cgroupDir, procDir: dir, hierarchy }, { clock });
  sampler.open({ slot: SLOT, cgroupPath: '/box', pid: pid === undefined ? undefined : pidOf(pid) });
  return sampler;
}

test('cgroup v2: every number of the kernel documentation’s formats', () => {
  const sample = openSampler('v2', 'v2').sample(SLOT);
  assert.deepEqual(sample, {
    cpuUserS: 10,
    cpuSystemS: 2.345678,
    cpuThrottledS: 0.654321,
    cpuThrottledPeriods: 7,
    cpuPeriods: 120,
    cpuLimitCpus: 1.5,
    memoryUsageBytes: 52428800,
    memoryWorkingSetBytes: 52428800 - 10485760,
    memoryRssBytes: 20971520,
    memoryLimitBytes: 268435456,
    memoryPageFaults: 98765,
    memoryMajorPageFaults: 43,
    disk: [
      { device: '8:16', readBytes: 1459200, writtenBytes: 314773504 },
      { device: '8:0', readBytes: 90430464, writtenBytes: 299008000 },
    ],
    network: [],
    pressure: { cpuSomeS: 1.5, cpuFullS: 0.25, memorySomeS: 0.04, memoryFullS: 0.03, ioSomeS: 0.6, ioFullS: 0.5 },
    pids: 17,
  });
});

test('hybrid, recorded: times and pressure from v2, the rest from v1', () => {
  const sample = openSampler('hybrid', 'v1').sample(SLOT);
  assert.equal(sample?.cpuUserS, 0.575037);
  assert.equal(sample?.cpuSystemS, 0.02674);
  assert.equal(sample?.cpuLimitCpus, 0.5);
  assert.equal(sample?.cpuThrottledPeriods, 11);
  assert.equal(sample?.cpuThrottledS, 0.510548902);
  assert.equal(sample?.memoryUsageBytes, 778240);
  assert.equal(sample?.memoryWorkingSetBytes, 778240);
  assert.equal(sample?.memoryRssBytes, 49152);
  assert.equal(sample?.memoryPageFaults, 1787);
  assert.equal(sample?.memoryLimitBytes, 67108864);
  assert.deepEqual(sample?.disk, [{ device: '254:0', readBytes: 4431872, writtenBytes: 8388608 }]);
  assert.equal(sample?.pressure?.cpuSomeS, 0.302126);
  assert.equal(sample?.pids, 1);
});

test('v1 alone: the exact total split by the ticks of its parts, which never fall', () => {
  rmSync(join(dir, 'v1/unified'), { recursive: true });
  const sampler = openSampler('v1', 'v1');
  const first = sampler.sample(SLOT);
  assert.ok(Math.abs((first?.cpuUserS ?? 0) + (first?.cpuSystemS ?? 0) - 0.601777448) < 1e-9);
  assert.ok(Math.abs((first?.cpuUserS ?? 0) - (0.601777448 * 57) / 59) < 1e-9);
  assert.equal(first?.pressure, undefined);
  // All new time is system time, more than the ratio gives back at once.
  writeFileSync(join(dir, 'v1/cpuacct/box/cpuacct.usage'), '700000000\n');
  writeFileSync(join(dir, 'v1/cpuacct/box/cpuacct.stat'), 'user 1\nsystem 69\n');
  const second = sampler.sample(SLOT);
  assert.ok((second?.cpuUserS ?? 0) >= (first?.cpuUserS ?? 0));
  assert.ok(Math.abs((second?.cpuUserS ?? 0) + (second?.cpuSystemS ?? 0) - 0.7) < 1e-9);
});

test('without limits: "max", -1 and the largest number of v1 are undefined', () => {
  writeFileSync(join(dir, 'v2/box/cpu.max'), 'max 100000\n');
  writeFileSync(join(dir, 'v2/box/memory.max'), 'max\n');
  const v2 = openSampler('v2', 'v2').sample(SLOT);
  assert.equal(v2?.cpuLimitCpus, undefined);
  assert.equal(v2?.memoryLimitBytes, undefined);
  writeFileSync(join(dir, 'v1/cpu/box/cpu.cfs_quota_us'), '-1\n');
  writeFileSync(join(dir, 'v1/memory/box/memory.limit_in_bytes'), '9223372036854771712\n');
  const v1 = openSampler('hybrid', 'v1').sample(SLOT);
  assert.equal(v1?.cpuLimitCpus, undefined);
  assert.equal(v1?.memoryLimitBytes, undefined);
});

test('while the CPU time stands still nothing else is read, for 10 s at most', () => {
  const sampler = openSampler('v2', 'v2');
  const first = sampler.sample(SLOT);
  writeFileSync(join(dir, 'v2/box/memory.current'), '1\n');
  clock.advance(9_000);
  assert.equal(sampler.sample(SLOT), first);
  clock.advance(1_000);
  assert.equal(sampler.sample(SLOT)?.memoryUsageBytes, 1);
  writeFileSync(join(dir, 'v2/box/memory.current'), '2\n');
  assert.equal(sampler.sample(SLOT, true)?.memoryUsageBytes, 2);
  writeFileSync(join(dir, 'v2/box/memory.current'), '3\n');
  writeFileSync(join(dir, 'v2/box/cpu.stat'), 'usage_usec 2\nuser_usec 11000000\nsystem_usec 2400000\n');
  const busy = sampler.sample(SLOT);
  assert.equal(busy?.memoryUsageBytes, 3);
  assert.equal(busy?.cpuUserS, 11);
});

test('a controller that is not mounted leaves its numbers out; joined mounts are found', () => {
  rmSync(join(dir, 'v1/blkio'), { recursive: true });
  rmSync(join(dir, 'v1/pids'), { recursive: true });
  cpSync(join(dir, 'v1/cpu'), join(dir, 'v1/cpu,cpuacct'), { recursive: true });
  rmSync(join(dir, 'v1/cpu'), { recursive: true });
  const sample = openSampler('hybrid', 'v1').sample(SLOT);
  assert.deepEqual(sample?.disk, []);
  assert.equal(sample?.pids, undefined);
  assert.equal(sample?.cpuLimitCpus, 0.5);
});

test('a cgroup that never was gives nothing; an unknown slot neither', () => {
  rmSync(join(dir, 'v2/box'), { recursive: true });
  const sampler = openSampler('v2', 'v2');
  assert.equal(sampler.sample(SLOT), undefined);
  assert.equal(sampler.sample(slotOf(99)), undefined);
  sampler.close(slotOf(99));
});

test('interfaces: the container’s, without loopback; those taken away keep their last numbers', () => {
  const namespaces = { 1: 'net:[1]', 2: 'net:[1]', 50: 'net:[2]', 51: 'net:[2]', 52: 'net:[1]' };
  for (const [pid, namespace] of Object.entries(namespaces)) makeProcess(Number(pid), namespace);
  const sampler = openSampler('v2', 'v2', 50);
  const first = sampler.sample(SLOT)?.network;
  assert.deepEqual(
    first?.map(({ interfaceName }) => interfaceName),
    ['eth0'],
  );
  assert.ok((first?.[0]?.receivedBytes ?? 0) > 0);
  // Another container in the same namespace, and one in the host's.
  for (const pid of [51, 52]) {
    sampler.open({ slot: slotOf(pid), cgroupPath: '/box', pid: pidOf(pid) });
    assert.deepEqual(sampler.sample(slotOf(pid))?.network, []);
  }
  writeFileSync(join(dir, '50/net/dev'), 'Inter-|\n face |\n    lo: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n');
  assert.deepEqual(sampler.sample(SLOT, true)?.network, first);
  sampler.close(SLOT);
  sampler.open({ slot: slotOf(51), cgroupPath: '/box', pid: pidOf(51) });
  assert.equal(sampler.sample(slotOf(51))?.network.length, 1);
});

function makeProcess(pid: number, namespace: string): void {
  for (const folder of ['ns', 'net']) mkdirSync(join(dir, String(pid), folder), { recursive: true });
  cpSync(join(FIXTURES, 'net-dev'), join(dir, String(pid), 'net/dev'));
  symlinkSync(namespace, join(dir, String(pid), 'ns/net'));
}

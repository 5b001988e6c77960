import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pidOf, slotOf } from '../../../../src/model/ids.ts';
import { pidsOfCgroup } from '../../../../src/probe/proc/cgroup-pids.ts';
import { listOpenFiles, openFilesOf } from '../../../../src/probe/proc/process-files.ts';
import { createProcessSampler } from '../../../../src/probe/proc/process-sampler.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { createSystemClock } from '../../../../src/self/system-clock.ts';

const SLOT = slotOf(1);
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sonde-proc-'));
  mkdirSync(join(dir, 'box/child'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const openSampler = () => {
  const hierarchy = { mode: 'v2', mountPoint: dir, id: 0, v1MountPoint: undefined, v1Id: undefined } as const;
  const clock = createSystemClock('/proc');
  const sampler = createProcessSampler({ procDir: '/proc', hierarchy }, { clock, ledger: createLedger() });
  sampler.open({ slot: SLOT, cgroupPath: '/box', pid: undefined });
  return sampler;
};

test('real processes, those of child cgroups included, busiest first', async () => {
  const child = spawn('sleep', ['100']);
  try {
    await once(child, 'spawn');
    writeFileSync(join(dir, 'box/cgroup.procs'), `${child.pid}\n`);
    writeFileSync(join(dir, 'box/child/cgroup.procs'), `${process.pid}\n`);
    const sampler = openSampler();
    sampler.sample(SLOT);
    const busyUntilMs = performance.now() + 60;
    while (performance.now() < busyUntilMs);
    const rows = sampler.sample(SLOT);
    assert.deepEqual(
      rows.map(({ pid }) => pid),
      [pidOf(process.pid), pidOf(child.pid ?? 0)],
    );
    const own = rows[0];
    assert.ok(own);
    assert.ok(Math.abs(own.rssBytes - process.memoryUsage.rss()) < 50e6);
    assert.ok(Math.abs(own.startedMs - (Date.now() - process.uptime() * 1000)) < 1_000);
    const used = process.cpuUsage();
    assert.ok(Math.abs(own.cpuUserS + own.cpuSystemS - (used.user + used.system) / 1e6) < 0.2);
    assert.ok(own.threads > 1);
    assert.ok((own.openFiles ?? 0) > 3);
    assert.ok(own.readBytes !== undefined && own.writtenBytes !== undefined);
    sampler.close(SLOT);
    assert.deepEqual(sampler.sample(SLOT), []);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});

test('a gone process and rubbish in the list are left out', () => {
  writeFileSync(join(dir, 'box/cgroup.procs'), `4194300\n0\nabc\n\n${process.pid}\n`);
  assert.deepEqual(
    openSampler()
      .sample(SLOT)
      .map(({ pid }) => pid),
    [process.pid],
  );
});

test('pids are bounded', () => {
  writeFileSync(join(dir, 'box/cgroup.procs'), Array.from({ length: 10_000 }, (_, i) => i + 1).join('\n'));
  assert.equal(pidsOfCgroup(join(dir, 'box')).length, 4_096);
  assert.deepEqual(pidsOfCgroup(join(dir, 'nowhere')), []);
});

test('descriptors: the kernel’s count equals the list', () => {
  const before = openFilesOf('/proc/self') ?? 0;
  const fds = Array.from({ length: 5 }, () => openSync('/dev/null', 'r'));
  assert.equal(openFilesOf('/proc/self'), before + 5);
  // Listing opens the directory itself.
  assert.equal(listOpenFiles('/proc/self/fd'), before + 6);
  for (const fd of fds) closeSync(fd);
  assert.equal(openFilesOf('/proc/4194300'), undefined);
});

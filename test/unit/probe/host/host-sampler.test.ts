import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHostSampler } from '../../../../src/probe/host/host-sampler.ts';
import { parseCpu, parseDiskStats, parseLoad, parseMemory } from '../../../../src/probe/host/parse-host.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

test('recorded files of a host: whole devices only, interrupts together, memory disjoint', () => {
  const sysBlockDir = mkdtempSync(join(tmpdir(), 'sonde-block-'));
  try {
    mkdirSync(join(sysBlockDir, 'vda'));
    const sampler = createHostSampler({ procDir: FIXTURES, sysBlockDir });
    const sample = sampler.sample();
    sampler.close();
    assert.ok(sample);
    assert.equal(sample.cpu.length, 14);
    assert.deepEqual(
      sample.cpu.filter(({ cpu }) => cpu === 0).map(({ mode }) => mode),
      ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'steal'],
    );
    assert.equal(sample.cpu.find(({ cpu, mode }) => cpu === 1 && mode === 'idle')?.s, 2977);
    assert.equal(sample.cpu.find(({ cpu, mode }) => cpu === 1 && mode === 'interrupt')?.s, 16.46);
    assert.deepEqual(
      sample.disk.map(({ device, readBytes, writes }) => [device, readBytes, writes]),
      [['254:0', 22374530 * 512, 867260]],
    );
    assert.equal(
      sample.memory.reduce((sum, { bytes }) => sum + bytes, 0),
      sample.memoryLimitBytes,
    );
    assert.ok(sample.network.some(({ interfaceName }) => interfaceName === 'eth0'));
    assert.ok(sample.uptimeS > 0 && sample.processes > 0 && sample.load1m > 0);
  } finally {
    rmSync(sysBlockDir, { recursive: true });
  }
});

test('this host, as other sources have it', () => {
  const sample = createHostSampler({ procDir: '/proc' }).sample();
  assert.ok(sample);
  assert.equal(sample.memoryLimitBytes, totalmem());
  assert.equal(new Set(sample.cpu.map(({ cpu }) => cpu)).size, cpus().length);
  assert.ok(Math.abs(sample.uptimeS - uptime()) < 2);
  assert.ok(Math.abs(sample.load1m - (loadavg()[0] ?? 0)) < 1);
  assert.ok(sample.disk.length > 0);
  const seenS = sample.cpu.reduce((sum, { s }) => sum + s, 0);
  assert.ok(Math.abs(seenS / cpus().length - sample.uptimeS) < sample.uptimeS * 0.1);
});

test('without /proc there is no sample', () => {
  assert.equal(createHostSampler({ procDir: '/nowhere' }).sample(), undefined);
});

test('any text: numbers stay numbers', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((s) => `cpu0 1 2 ${s} 3\n8 0 sda ${s}`),
      ),
      (text) => {
        for (const { s } of parseCpu(text)) assert.ok(Number.isFinite(s));
        const { memory, memoryLimitBytes } = parseMemory(text);
        assert.ok(memory.every(({ bytes }) => bytes >= 0) && memoryLimitBytes >= 0);
        assert.ok(Object.values(parseLoad(text)).every(Number.isFinite));
        for (const row of parseDiskStats(text, () => true)) assert.ok(Number.isFinite(row.readBytes + row.writes));
      },
    ),
    { numRuns: 1_000 },
  );
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConsole } from '../../bench/instructions.ts';
import { type BenchReport, isMet, writeSection } from '../../bench/report.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-report-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const report = (title: string, measured: number): BenchReport => ({
  title,
  intro: 'What it is.',
  header: ['a', 'b'],
  rows: [['1', String(measured)]],
  aims: [{ what: 'it', measured, limit: 10 }],
});

test('a section is appended once, then replaced, and its neighbours stay', () => {
  const page = join(folder, 'performance.md');
  const at = new Date(0);
  writeSection(report('One', 5), at, page);
  writeSection(report('Two', 6), at, page);
  writeSection(report('One', 11), at, page);
  const text = readFileSync(page, 'utf8');
  assert.deepEqual([...text.matchAll(/^## .*$/gm)].map(String), ['## One', '## Two']);
  assert.match(text, /## One\n[^#]*\| 1 \| 11 \|/);
  assert.match(text, /## One\n[^#]*\*\*missed\*\*: it: 11, aim at most 10/);
  assert.match(text, /## Two\n[^#]*\| 1 \| 6 \|/);
});

test('an aim is met up to its limit', () => {
  assert.equal(isMet({ what: '', measured: 10, limit: 10 }), true);
  assert.equal(isMet({ what: '', measured: 10.01, limit: 10 }), false);
  assert.equal(isMet({ what: '', measured: Number.NaN, limit: 10 }), false);
});

const BENCH = '{"bench":"getppid","minPs":1,"medianPs":2,"minTicks":336,"medianTicks":337}';

test('a console becomes measurements by level and place, kernel lines ignored', () => {
  const console = [
    '[ 0.1] Linux',
    '{"level":"count","cgroup":"counted/c1"}',
    BENCH,
    '{"level":"count","cgroup":"other"}',
    BENCH,
  ];
  assert.deepEqual(
    parseConsole(console.join('\r\n')).map((m) => [m.level, m.place, m.call, m.min, m.median]),
    [
      ['count', 'counted', 'getppid', 336, 337],
      ['count', 'other', 'getppid', 336, 337],
    ],
  );
});

test('a probe that counted nothing makes the measurement fail', () => {
  assert.throws(() => parseConsole('{"level":"count","cgroup":"counted/c1"}\n{"counted":0}'), /counted nothing/);
});

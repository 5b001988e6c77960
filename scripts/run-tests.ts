/**
 * Runs suites (folders of test/) with node:test: `node scripts/run-tests.ts unit e2e`, or those of `npm test`
 * when none is named, or `all`. A skipped or unfinished test counts as failed, and so does a suite without tests.
 */
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

interface Suite {
  /** Files at once. Suites that load BPF programs or start containers have the machine for themselves. */
  readonly concurrency: number;
  readonly isDefault: boolean;
}

const SUITES: Readonly<Record<string, Suite>> = {
  unit: { concurrency: 2, isDefault: true },
  gates: { concurrency: 1, isDefault: true },
  native: { concurrency: 1, isDefault: true },
  kernel: { concurrency: 1, isDefault: true },
  e2e: { concurrency: 1, isDefault: true },
  fuzz: { concurrency: 1, isDefault: false },
};

const FILE_TIMEOUT_MS = 900_000;
const COUNTS = ['tests', 'passed', 'failed', 'cancelled', 'skipped', 'todo'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

const asked = process.argv.slice(2);
const names = asked.includes('all')
  ? Object.keys(SUITES)
  : asked.length > 0
    ? asked
    : Object.keys(SUITES).filter((name) => SUITES[name]?.isDefault);

const total: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const complaints: string[] = [];
const startedMs = performance.now();
for (const name of names) {
  const suite = SUITES[name];
  if (!suite) throw new Error(`no suite "${name}"; there are: ${Object.keys(SUITES).join(', ')}, all`);
  const counts = await runSuite(name, suite);
  for (const key of COUNTS) total[key] += counts[key];
  if (counts.passed === 0) complaints.push(`suite ${name} has no test that passed`);
}
if (total.skipped + total.todo > 0) complaints.push('a skipped test counts as failed');
for (const complaint of complaints) process.stdout.write(`✖ ${complaint}\n`);

const isBad = complaints.length > 0 || total.failed + total.cancelled > 0;
// The last lines are those of node's own reporter, over all suites.
process.stdout.write(
  [
    `▶ all of: ${names.join(' ')}`,
    `ℹ tests ${total.tests}`,
    `ℹ pass ${total.passed}`,
    `ℹ fail ${total.failed + complaints.length}`,
    `ℹ cancelled ${total.cancelled}`,
    `ℹ skipped ${total.skipped}`,
    `ℹ todo ${total.todo}`,
    `ℹ duration_ms ${(performance.now() - startedMs).toFixed(0)}`,
    '',
  ].join('\n'),
);
process.exit(isBad ? 1 : 0);

function runSuite(name: string, suite: Suite): Promise<Counts> {
  const files = globSync(`test/${name}/**/*.test.ts`).toSorted();
  const counts: Counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
  if (files.length === 0) return Promise.resolve(counts);
  process.stdout.write(`▶ suite ${name}: ${files.length} files\n`);
  return new Promise((resolve, reject) => {
    const stream = run({ files, concurrency: suite.concurrency, timeout: FILE_TIMEOUT_MS });
    // A file without tests is itself reported as one that passed.
    stream.on('test:pass', ({ name: testName, nesting }) => {
      if (nesting === 0 && files.some((file) => testName.endsWith(file))) complaints.push(`${testName} has no test`);
    });
    stream.on('test:summary', (summary) => {
      // One comes a file, and one for the whole run without a file.
      if (summary.file === undefined) Object.assign(counts, summary.counts);
    });
    const report = stream.compose(new spec());
    report.on('error', reject);
    report.on('end', () => resolve(counts));
    report.pipe(process.stdout, { end: false });
  });
}

/** Files of more than 300 lines (600 for tests) are several files, unless listed here with a reason. */
import { readFileSync } from 'node:fs';
import { sourceFiles } from './lib/source-files.ts';

const LIMIT = 300;
const TEST_LIMIT = 600;
const EXCEPTIONS: Readonly<Record<string, { readonly limit: number; readonly reason: string }>> = {
  'src/config/settings.ts': { limit: 400, reason: 'one table, read by key' },
  'bpf/lib/syscalls.h': { limit: 600, reason: 'one table, a line a system call' },
  'test/harness/workload/workload.c': { limit: 600, reason: 'one static program of small, equal steps' },
};

let isBad = false;
const report = (line: string): void => {
  isBad = true;
  process.stderr.write(`${line}\n`);
};
const files = sourceFiles().filter(
  (file) => /^(src|bpf|native|test|scripts)\/.*\.(ts|mjs|c|h|cc)$/.test(file) && !file.startsWith('src/generated/'),
);
if (files.length === 0) throw new Error('no source was found: wrong folder?');
for (const file of files) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1;
  const limit = EXCEPTIONS[file]?.limit ?? (file.startsWith('test/') ? TEST_LIMIT : LIMIT);
  if (lines > limit)
    report(
      `${file}: ${lines} lines; at most ${limit}. Split it, or list it with a reason in scripts/check-file-length.ts.`,
    );
}
for (const file of Object.keys(EXCEPTIONS)) {
  if (!files.includes(file)) report(`${file} is excepted from the length limit but does not exist.`);
}
process.exitCode = isBad ? 1 : 0;

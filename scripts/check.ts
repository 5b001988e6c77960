/** Every gate but the tests, cheapest first; all of them run, so that one run shows everything. */
import { spawnSync } from 'node:child_process';

const GATES: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  'format and lint': ['biome', 'ci', '--error-on-warnings', '--colors=off'],
  'file length': ['node', 'scripts/check-file-length.ts'],
  'clang-format': ['node', 'scripts/clang-format.ts'],
  types: ['tsc', '-p', 'tsconfig.json'],
  'generated files': ['node', 'scripts/check-generated.ts'],
  'unused code': ['knip'],
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in GATES));
if (unknown !== undefined) throw new Error(`no gate "${unknown}"; there are: ${Object.keys(GATES).join(', ')}`);

const failed: string[] = [];
for (const [name, [command, ...args]] of Object.entries(GATES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const startedMs = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const elapsedS = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`check: ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${elapsedS} s)\n`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) process.stderr.write(`check: failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

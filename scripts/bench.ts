/** `npm run bench -- NAME`: runs test/bench/<name>.ts, prints its report and keeps it in docs/performance.md. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BenchReport, publish } from '../test/bench/report.ts';

const FOLDER = 'test/bench';
const [name = ''] = process.argv.slice(2);
const file = resolve(FOLDER, `${name}.ts`);
if (!/^[a-z-]+$/.test(name) || name === 'report' || !existsSync(file)) {
  const files = readdirSync(FOLDER).filter((entry) => entry.endsWith('.ts') && entry !== 'report.ts');
  process.stderr.write(`usage: npm run bench -- NAME; there are: ${files.map((f) => f.slice(0, -3)).join(', ')}\n`);
  process.exitCode = 2;
} else {
  const bench = (await import(file)) as { run(): Promise<BenchReport> };
  publish(await bench.run());
}

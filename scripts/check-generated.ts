/** Makes every generated file anew in a copy of the checkout and compares: a stale one fails. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sourceFiles } from './lib/source-files.ts';

const isGenerated = (file: string): boolean =>
  file.startsWith('src/generated/') ||
  /^docs\/(errors|settings|metrics|spans)\.md$|^docs\/settings\.schema\.json$/.test(file);

const copy = mkdtempSync(join(tmpdir(), 'sonde-generated-'));
try {
  const files = sourceFiles();
  for (const file of files.filter((name) => /^(src|scripts|otel-config|docs|package\.json)/.test(name))) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    // Generated files are not copied: one that no generator makes any more shows up as missing.
    if (!isGenerated(file) || file.startsWith('src/generated/')) cpSync(file, join(copy, file));
  }
  for (const shared of ['node_modules', 'build']) symlinkSync(resolve(shared), join(copy, shared));
  execFileSync(process.execPath, ['scripts/generate.ts'], { cwd: copy, stdio: 'inherit' });
  const stale = files.filter(
    (file) =>
      isGenerated(file) &&
      (!existsSync(join(copy, file)) || readFileSync(file, 'utf8') !== readFileSync(join(copy, file), 'utf8')),
  );
  for (const file of stale) process.stderr.write(`${file} is stale: run \`npm run generate\`\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

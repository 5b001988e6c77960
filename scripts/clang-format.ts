/** Format of bpf/ and native/ by one pinned clang-format: checks, or mends with `--write`. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, renameSync, rmSync } from 'node:fs';
import { sourceFiles } from './lib/source-files.ts';

/** Output differs between versions, so the wheel is pinned, not the distribution's. */
const VERSION = '19.1.7';

const folder = `build/tools/clang-format-${VERSION}`;
if (!existsSync(folder)) {
  const started = `${folder}.started`;
  rmSync(started, { recursive: true, force: true });
  execFileSync('python3', ['-m', 'venv', started], { stdio: 'inherit' });
  execFileSync(
    `${started}/bin/python`,
    ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `clang-format==${VERSION}`],
    { stdio: 'inherit' },
  );
  renameSync(started, folder);
}

const files = sourceFiles().filter((file) => /^(bpf|native)\/.*\.(c|h|cc)$/.test(file));
if (files.length === 0) throw new Error('no C or C++ source was found: wrong folder?');
// The wheel's door is a Python script that has the folder's old name in it; this is the program itself.
const [program] = globSync(`${folder}/lib/python3*/site-packages/clang_format/data/bin/clang-format`);
if (program === undefined) throw new Error(`${folder} holds no clang-format: remove it and run again`);
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
try {
  execFileSync(program, [...mode, ...files], { stdio: 'inherit' });
} catch {
  process.stderr.write('clang-format: run `npm run format`\n');
  process.exitCode = 1;
}

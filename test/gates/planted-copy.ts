import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sourceFiles } from '../../scripts/lib/source-files.ts';

/** A copy of the checkout in which defects can be planted. Packages and build results are shared by links. */
export interface PlantedCopy {
  /** Runs `act` with the file as `content` (made of the old content) and puts it back afterwards. */
  withFile(path: string, content: (old: string) => string, act: () => void): void;
  /** Exit code and everything a command printed. */
  run(
    command: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { readonly code: number | null; readonly text: string };
  remove(): void;
}

export function copyCheckout(): PlantedCopy {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-gates-'));
  for (const file of sourceFiles()) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(file, join(folder, file));
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  symlinkSync(resolve('build'), join(folder, 'build'));
  const copy: PlantedCopy = {
    withFile(path, content, act) {
      const target = join(folder, path);
      let old: string | undefined;
      try {
        old = readFileSync(target, 'utf8');
      } catch {
        mkdirSync(dirname(target), { recursive: true });
      }
      writeFileSync(target, content(old ?? ''));
      try {
        act();
      } finally {
        if (old === undefined) rmSync(target);
        else writeFileSync(target, old);
      }
    },
    run(command, args, env = {}) {
      // The runner's own variables would make a nested run report to us instead of printing, and print in colours.
      const inherited = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(NODE_TEST|FORCE_COLOR)/.test(name)),
      );
      const { status, stdout, stderr } = spawnSync(command, args, {
        cwd: folder,
        encoding: 'utf8',
        env: {
          ...inherited,
          NO_COLOR: '1',
          PATH: `${resolve('node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
          ...env,
        },
      });
      return { code: status, text: `${stdout}${stderr}` };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
  // Gates ask git which files belong to the project.
  copy.run('git', ['init', '-q']);
  return copy;
}

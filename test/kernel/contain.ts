import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from '../harness/cache.ts';

const SOURCE = join(import.meta.dirname, 'contain.c');

/** Path of the launcher built from contain.c. */
export function buildContain(): string {
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
  const path = cachePath(`contain-${hash}`);
  if (existsSync(path)) return path;
  const half = `${path}.${process.pid}`;
  execFileSync('cc', ['-O2', '-Wall', '-o', half, SOURCE]);
  renameSync(half, path);
  return path;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a program in `cgroup` as a container; options are contain.c's. */
export function runContained(
  cgroup: string,
  program: readonly string[],
  options: readonly string[] = [],
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(buildContain(), [...options, cgroup, ...program], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? -1) : 0;
      if (code === 125) reject(new Error(stderr));
      else resolve({ code, stdout });
    });
  });
}

/** Starts one that goes on; end it with its `kill`. */
export function startContained(cgroup: string, program: readonly string[], options: readonly string[] = []) {
  return spawn(buildContain(), [...options, cgroup, ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

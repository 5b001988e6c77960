import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupMounts } from '../harness/cgroup.ts';

/** Processes of a cgroup the test made, in whichever hierarchy it is. */
export function pidsIn(cgroupPath: string): number[] {
  const pids = cgroupMounts().flatMap((mount) => pidsOf(join(mount, cgroupPath)));
  return [...new Set(pids)];
}

export function killAll(cgroupPath: string): void {
  for (const pid of pidsIn(cgroupPath)) kill(pid);
}

function pidsOf(dir: string): number[] {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'utf8')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { existsSync, globSync, readFileSync } from 'node:fs';
import { cgroupMounts, removeCgroup } from '../harness/cgroup.ts';
import { waitUntil } from '../harness/wait.ts';

function processesIn(path: string): number[] {
  const files = cgroupMounts().flatMap((mount) => globSync(`${mount}${path}/{,**/}cgroup.procs`));
  const pids = files.flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []));
  return [...new Set(pids.filter(Boolean).map(Number))];
}

/** Ends what a test left running in a cgroup of its own, then removes it. */
export async function clearCgroup(path: string): Promise<void> {
  await waitUntil(
    `${path} to be empty`,
    () => {
      const pids = processesIn(path);
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      return pids.length;
    },
    (left) => left === 0,
    10_000,
    50,
  );
  removeCgroup(path);
}

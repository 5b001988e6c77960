import { readdirSync, readFileSync } from 'node:fs';

const MAX_PIDS = 4096;
const MAX_DIRS = 1024;

/** Process ids in a cgroup and its children, in the pid namespace of the mounted /proc; bounded. */
export function pidsOfCgroup(dir: string, limit: number = MAX_PIDS): number[] {
  const pids: number[] = [];
  const dirs = [dir];
  for (let i = 0; i < dirs.length && pids.length < limit; i++) {
    const current = dirs[i] ?? dir;
    for (const pid of directPidsOf(current, limit - pids.length)) pids.push(pid);
    for (const child of childCgroups(current)) if (dirs.length < MAX_DIRS) dirs.push(`${current}/${child}`);
  }
  return pids;
}

/** Only those in the cgroup itself; none where it is gone or threaded. */
export function directPidsOf(dir: string, limit: number = MAX_PIDS): number[] {
  let text: string;
  try {
    text = readFileSync(`${dir}/cgroup.procs`, 'latin1');
  } catch {
    return [];
  }
  const pids: number[] = [];
  for (const line of text.split('\n')) {
    if (pids.length >= limit) break;
    const pid = Number(line);
    // 0: a process of a pid namespace that /proc does not show.
    if (pid > 0) pids.push(pid);
  }
  return pids;
}

export function childCgroups(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Mount points of every cgroup hierarchy of this host: one on v2, several on v1 and hybrid. */
export function cgroupMounts(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .flatMap(([, at]) => (at === undefined ? [] : [at]));
}

/**
 * Makes `path` (e.g. `/sonde-test/run1`) in every hierarchy, so that an agent can be confined to it before
 * its first container starts. A v1 cpuset is born empty; runc fills it when the container comes.
 */
export function makeCgroup(path: string): void {
  for (const mount of cgroupMounts()) mkdirSync(join(mount, path), { recursive: true });
}

/** Removes it and what is below, where nothing runs any more; a busy one stays and says so by its presence. */
export function removeCgroup(path: string): void {
  for (const mount of cgroupMounts()) removeTree(join(mount, path));
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  try {
    rmdirSync(directory);
  } catch {
    // EBUSY: a process of somebody else's test still lives there.
  }
}

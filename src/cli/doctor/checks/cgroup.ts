import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hierarchy } from '../../../probe/probe.ts';
import { type Check, ok, unsupported } from '../check.ts';

export interface CgroupMounts {
  readonly v2: string | undefined;
  /** Controllers that v2 offers; empty in a hybrid layout. */
  readonly v2Controllers: readonly string[];
  readonly v1: readonly string[];
}

/** What is mounted below `cgroupDir`, and which hierarchy tells containers apart. */
export function cgroupCheck(cgroupDir: string, key: Hierarchy | undefined): Check {
  const title = 'Cgroups';
  const mounts = readMounts(cgroupDir);
  if (!mounts.v2 && mounts.v1.length === 0) {
    return unsupported('SND_BPF_CGROUP', 'kernel.cgroup', title, `nothing is mounted below ${cgroupDir}`);
  }
  const layout = mounts.v2 ? (mounts.v1.length > 0 ? 'hybrid' : 'v2') : 'v1';
  const details = [layout];
  if (mounts.v2) {
    const controllers = mounts.v2Controllers.length > 0 ? mounts.v2Controllers.join(' ') : 'no controllers';
    details.push(`v2 on ${mounts.v2} (${controllers})`);
  }
  if (mounts.v1.length > 0) details.push(`v1 controllers ${mounts.v1.join(' ')}`);
  if (key) details.push(`containers are told apart by ${keyText(key)}`);
  return ok('kernel.cgroup', title, details.join('; '));
}

function keyText(key: Hierarchy): string {
  const behind = key.mode === 'hybrid' && key.v1MountPoint ? `, behind it v1 on ${key.v1MountPoint}` : '';
  return `${key.id === 0 ? 'v2' : `v1 hierarchy ${key.id}`} on ${key.mountPoint}${behind}`;
}

const CONTROLLERS_SHOWN = new Set(['cpu', 'cpuacct', 'memory', 'pids', 'blkio', 'io', 'cpuset', 'freezer']);

function readMounts(cgroupDir: string): CgroupMounts {
  let v2: string | undefined;
  const v1 = new Set<string>();
  for (const line of readText('/proc/self/mountinfo').split('\n')) {
    const [before, after] = line.split(' - ');
    const mountPoint = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (mountPoint !== cgroupDir && !mountPoint?.startsWith(`${cgroupDir}/`)) continue;
    if (type === 'cgroup2') v2 ??= mountPoint;
    if (type === 'cgroup') for (const name of options?.split(',') ?? []) if (CONTROLLERS_SHOWN.has(name)) v1.add(name);
  }
  const v2Controllers = v2
    ? readText(join(v2, 'cgroup.controllers'))
        .split(/\s+/)
        .filter((name) => CONTROLLERS_SHOWN.has(name))
    : [];
  return { v2, v2Controllers, v1: [...v1].sort() };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SondeError } from '../../errors/sonde-error.ts';
import type { Hierarchy } from '../probe.ts';
import type { NativeRoot } from './native-addon.ts';

/** v1 controllers that tell containers apart, in the order tried. Numbers are enum sd_controller's. */
const CONTROLLERS = ['memory', 'pids', 'cpu', 'freezer'] as const;
const MODE_NUMBERS = { v2: 0, v1: 1, hybrid: 2 } as const;

interface Mount {
  readonly mountPoint: string;
  /** Which cgroup of the hierarchy is mounted there. */
  readonly root: string;
}

export interface CgroupLayout {
  readonly hierarchy: Hierarchy;
  readonly modeNumber: number;
  readonly controllerNumber: number;
  readonly v2: Mount | undefined;
  readonly v1: Mount | undefined;
}

const unescapeMount = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Reads which cgroup hierarchies are mounted below `cgroupDir`, from mountinfo and /proc/cgroups. */
export function readCgroupLayout(mountInfo: string, cgroups: string, cgroupDir: string): CgroupLayout {
  let v2: Mount | undefined;
  const v1ByController = new Map<string, Mount>();
  for (const line of mountInfo.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-');
    const type = fields[separator + 1];
    const mount = { root: unescapeMount(fields[3] ?? ''), mountPoint: unescapeMount(fields[4] ?? '') };
    if (mount.mountPoint !== cgroupDir && !mount.mountPoint.startsWith(`${cgroupDir}/`)) continue;
    if (type === 'cgroup2') v2 ??= mount;
    if (type !== 'cgroup') continue;
    for (const option of (fields[separator + 3] ?? '').split(',')) v1ByController.set(option, mount);
  }
  const ids = new Map(cgroups.split('\n').map((line) => [line.split('\t')[0], Number(line.split('\t')[1])]));
  const controllerNumber = CONTROLLERS.findIndex((name) => v1ByController.has(name) && (ids.get(name) ?? 0) > 0);
  const controller = CONTROLLERS[controllerNumber];
  const v1 = controller === undefined ? undefined : v1ByController.get(controller);
  const v1Id = controller === undefined ? undefined : ids.get(controller);
  const first = v2 ?? v1;
  if (!first) throw new SondeError('SND_BPF_CGROUP', `nothing usable is mounted below ${cgroupDir}`);
  const mode = v2 && v1 ? 'hybrid' : v2 ? 'v2' : 'v1';
  return {
    hierarchy: { mode, mountPoint: first.mountPoint, id: v2 ? 0 : (v1Id ?? 0), v1MountPoint: v1?.mountPoint, v1Id },
    modeNumber: MODE_NUMBERS[mode],
    controllerNumber: Math.max(controllerNumber, 0),
    v2,
    v1,
  };
}

const ABSENT: NativeRoot = { key: '0', level: 0 };

/** The cgroup the agent is confined to, in one hierarchy: its id is the directory's inode. */
function findRoot(mount: Mount | undefined, hierarchyId: number, cgroupRoot: string): NativeRoot {
  if (!mount) return ABSENT;
  const stat = statSync(join(mount.mountPoint, cgroupRoot), { bigint: true, throwIfNoEntry: false });
  if (!stat) return ABSENT;
  const level = join(mount.root, cgroupRoot).split('/').filter(Boolean).length;
  return { key: String(stat.ino | (BigInt(hierarchyId) << 56n)), level };
}

export function findRoots(layout: CgroupLayout, cgroupRoot: string): readonly [NativeRoot, NativeRoot] {
  const roots = [
    findRoot(layout.v2, 0, cgroupRoot),
    findRoot(layout.v1, layout.hierarchy.v1Id ?? 0, cgroupRoot),
  ] as const;
  if (roots.every(({ key }) => key === '0')) {
    throw new SondeError('SND_BPF_CGROUP_ROOT', `${cgroupRoot} below ${layout.hierarchy.mountPoint}`);
  }
  return roots;
}

export function readHostLayout(cgroupDir: string, procDir: string): CgroupLayout {
  return readCgroupLayout(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync(join(procDir, 'cgroups'), 'utf8'),
    cgroupDir,
  );
}

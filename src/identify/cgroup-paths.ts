import type { CgroupMade } from '../model/facts.ts';
import type { Ledger } from '../self/ledger.ts';
import { BoundedMap } from './bounded-map.ts';
import { cgroupIdOf, childDirs, type ProcReader } from './proc-reader.ts';
import type { HierarchyRoot } from './slot-port.ts';

const MAX_PATHS = 16_384;
/** A look through the whole tree for one id: only when neither the kernel nor the process told the path. */
const MAX_WALKED = 20_000;

export interface CgroupPaths {
  note(fact: CgroupMade): void;
  pathOf(hierarchyId: number, cgroupId: string, pid: number): string | undefined;
}

/** Cgroup id → path, without polling. */
export function createCgroupPaths(
  roots: readonly HierarchyRoot[],
  cgroupRoot: string,
  deps: { proc: ProcReader; ledger: Ledger },
): CgroupPaths {
  const { proc, ledger } = deps;
  const known = new BoundedMap<string, string>(MAX_PATHS, () => ledger.count('identify', 'shed', 'cgroup-paths'));

  const walkFor = (root: HierarchyRoot, cgroupId: string): string | undefined => {
    const paths = [cgroupRoot === '/' ? '' : cgroupRoot];
    for (let i = 0; i < paths.length && i < MAX_WALKED; i++) {
      const path = paths[i] ?? '';
      if (cgroupIdOf(root.mountPoint + path) === cgroupId) return path;
      for (const child of childDirs(root.mountPoint + path)) paths.push(`${path}/${child}`);
    }
    return undefined;
  };

  return {
    note: ({ hierarchyId, cgroupId, path }) => known.set(`${hierarchyId}:${cgroupId}`, path),
    pathOf(hierarchyId, cgroupId, pid) {
      const noted = known.get(`${hierarchyId}:${cgroupId}`);
      if (noted !== undefined) return noted;
      const root = roots.find(({ id }) => id === hierarchyId);
      if (root === undefined) return undefined;
      // The process may have moved on since: its path counts only if it leads to this id.
      const byProcess = proc.cgroupPath(pid, hierarchyId);
      if (byProcess !== undefined && cgroupIdOf(root.mountPoint + byProcess) === cgroupId) return byProcess;
      return walkFor(root, cgroupId);
    },
  };
}

/** Strictly below, as the kernel side has it; `/` is the whole host. */
export function isBelow(cgroupRoot: string, path: string): boolean {
  return cgroupRoot === '/' ? path !== '/' && path !== '' : path.startsWith(`${cgroupRoot}/`);
}

import type { Ledger } from '../self/ledger.ts';
import { cgroupIdOf, childDirs, type Namespaces, type ProcReader, pidsIn } from './proc-reader.ts';
import type { PathClaim } from './runtimes/runtime.ts';
import type { HierarchyRoot } from './slot-port.ts';

const MAX_DIRS = 20_000;
const MAX_DEPTH = 32;
/** A runtime's helper may be the first in the list; a container's own process is soon behind it. */
const LOOKED_AT = 16;

export interface FoundCgroup {
  readonly hierarchyId: number;
  readonly cgroupId: string;
  readonly path: string;
}

interface Member {
  readonly pid: number;
  readonly namespaces: Namespaces;
}

export interface FoundContainer extends FoundCgroup, Member {
  /** Cgroups below that belong to it: systemd in a container makes its own. */
  readonly children: FoundCgroup[];
}

export interface FindOptions {
  readonly scope: 'containers' | 'host';
  readonly cgroupRoot: string;
  readonly host: Namespaces | undefined;
  readonly claim: (path: string) => PathClaim | undefined;
}

/** The container that a cgroup is in; without `found` it has no process of its own yet (its children have). */
interface Owner {
  readonly cgroup: FoundCgroup;
  readonly claimId: string | undefined;
  found: FoundContainer | undefined;
}

/**
 * Containers that run already, by walking the cgroup tree below the root: a cgroup with processes in
 * another mount namespace than the host's. A nested cgroup belongs to the container around it, unless its
 * processes have both a mount and a pid namespace of their own: then it is a container in a container.
 */
export function findContainers(
  root: HierarchyRoot,
  options: FindOptions,
  deps: { proc: ProcReader; ledger: Ledger },
): FoundContainer[] {
  const { proc, ledger } = deps;
  const found: FoundContainer[] = [];
  let walked = 0;

  /** The oldest process that makes the cgroup a container: its start is the container's. */
  const memberOf = (dir: string): Member | undefined => {
    let oldest: (Member & { startBootNs: number }) | undefined;
    for (const pid of pidsIn(dir, LOOKED_AT)) {
      if (root.isBehindV2 && proc.cgroupPath(pid, 0) !== '/') continue;
      const namespaces = proc.namespaces(pid);
      if (namespaces === undefined) continue;
      if (options.scope === 'containers' && namespaces.mount === options.host?.mount) continue;
      const startBootNs = proc.startBootNs(pid) ?? Number.POSITIVE_INFINITY;
      if (oldest === undefined || startBootNs < oldest.startBootNs) oldest = { pid, namespaces, startBootNs };
    }
    return oldest && { pid: oldest.pid, namespaces: oldest.namespaces };
  };

  const visit = (cgroup: FoundCgroup, owner: Owner | undefined): Owner | undefined => {
    const claim = options.claim(cgroup.path);
    if (claim?.isHostService && options.scope === 'containers') return owner;
    const member = memberOf(root.mountPoint + cgroup.path);
    if (member === undefined)
      return claim === undefined || claim.isHostService ? owner : { cgroup, claimId: claim.id, found: undefined };
    // A claimed cgroup below one without processes is a container in it, never its first process.
    const isOwners = owner !== undefined && (claim === undefined || claim.id === owner.claimId);
    if (isOwners && owner.found === undefined) {
      owner.found = { ...owner.cgroup, ...member, children: [] };
      found.push(owner.found);
    }
    const around = owner?.found;
    if (around !== undefined && !isApart(member.namespaces, around.namespaces)) {
      around.children.push(cgroup);
      return owner;
    }
    const container: FoundContainer = { ...cgroup, ...member, children: [] };
    found.push(container);
    return { cgroup, claimId: claim?.id, found: container };
  };

  const walk = (path: string, owner: Owner | undefined, depth: number): void => {
    for (const name of childDirs(root.mountPoint + path)) {
      if (++walked > MAX_DIRS || depth > MAX_DEPTH) {
        ledger.count('identify', 'dropped', 'cgroup-walk-bound');
        return;
      }
      const childPath = `${path}/${name}`;
      const cgroupId = cgroupIdOf(root.mountPoint + childPath);
      if (cgroupId === undefined) continue;
      walk(childPath, visit({ hierarchyId: root.id, cgroupId, path: childPath }, owner), depth + 1);
    }
  };

  walk(options.cgroupRoot === '/' ? '' : options.cgroupRoot, undefined, 0);
  return found;
}

const isApart = (inner: Namespaces, outer: Namespaces): boolean =>
  inner.mount !== outer.mount && inner.pid !== outer.pid;

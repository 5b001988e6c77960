import type { Config } from '../config/config.ts';
import type { Clock } from '../model/clock.ts';
import type { Container } from '../model/container.ts';
import { OVERFLOW_SLOT, pidOf, type Slot } from '../model/ids.ts';
import type { Ledger } from '../self/ledger.ts';
import type { ContainerRegistry } from './container-registry.ts';
import { type FoundContainer, findContainers } from './find-containers.ts';
import type { ProcReader } from './proc-reader.ts';
import { claimPath } from './runtimes/registry.ts';
import { type HierarchyRoot, MAX_SLOT, type SlotPort } from './slot-port.ts';

export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly probe: SlotPort;
  readonly proc: ProcReader;
  readonly registry: ContainerRegistry;
}

/** Walks the cgroup tree and takes in every container that runs and has no entry. */
export function createDiscovery(
  config: Pick<Config, 'scope' | 'cgroupRoot'>,
  roots: readonly HierarchyRoot[],
  deps: DiscoveryDeps,
  admit: (container: Container, hierarchyId: number) => void,
): () => void {
  const { clock, ledger, probe, proc, registry } = deps;

  const take = (found: FoundContainer): void => {
    const { hierarchyId, cgroupId, path, children } = found;
    const key = `${hierarchyId}:${cgroupId}`;
    let slot = registry.has(key) ? undefined : claim(found);
    if (slot !== undefined) {
      const startBootNs = proc.startBootNs(found.pid);
      const container: Container = {
        key,
        slot,
        cgroupPath: path,
        startedMs: startBootNs === undefined ? clock.wallMs() : clock.bootToWallMs(startBootNs),
        isPreexisting: true,
        initPid: pidOf(found.pid),
        identity: undefined,
        endedMs: undefined,
      };
      admit(container, hierarchyId);
    }
    slot ??= registry.alive().find((entry) => entry.container.key === key)?.container.slot;
    if (slot === undefined) return;
    for (const child of children) probe.bindChild(child.hierarchyId, child.cgroupId, slot);
  };

  const claim = ({ hierarchyId, cgroupId, pid }: FoundContainer): Slot | undefined => {
    const slot = probe.claimSlot(hierarchyId, cgroupId, proc.netnsInode(pid), pidOf(pid));
    if (slot !== OVERFLOW_SLOT && slot < MAX_SLOT && registry.at(slot) === undefined) return slot;
    if (slot === OVERFLOW_SLOT) ledger.count('identify', 'dropped', 'no-slot');
    return undefined;
  };

  return () => {
    const options = {
      scope: config.scope,
      cgroupRoot: config.cgroupRoot,
      host: proc.hostNamespaces(),
      claim: (path: string) => claimPath(path)?.claim,
    };
    if (options.host === undefined && config.scope === 'containers') {
      ledger.count('identify', 'dropped', 'host-namespaces-unreadable');
      return;
    }
    const found = roots.flatMap((root) => findContainers(root, options, { proc, ledger }));
    // Oldest first: of containers that share a network namespace, the first one tells its numbers.
    const started = new Map(found.map((container) => [container, proc.startBootNs(container.pid) ?? 0]));
    for (const container of found.toSorted((a, b) => (started.get(a) ?? 0) - (started.get(b) ?? 0))) take(container);
  };
}

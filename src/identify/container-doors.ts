import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Clock } from '../model/clock.ts';
import type { Container } from '../model/container.ts';
import type { ContainerSink } from '../model/container-fact.ts';
import type { SlotClosed, SlotOpened } from '../model/facts.ts';
import { OVERFLOW_SLOT, type Slot } from '../model/ids.ts';
import type { Ledger } from '../self/ledger.ts';
import { type CgroupPaths, isBelow } from './cgroup-paths.ts';
import type { ContainerRegistry } from './container-registry.ts';
import { createDiscovery } from './discovery.ts';
import type { Entry } from './entry.ts';

import type { ProcReader } from './proc-reader.ts';
import { claimPath } from './runtimes/registry.ts';
import type { HierarchyRoot, SlotPort } from './slot-port.ts';

/** How containers come and go: by kernel record, by walking the tree, by filter. */
export interface ContainerDoors {
  open(fact: SlotOpened): void;
  close(entry: Entry, fact: SlotClosed): void;
  /** The filter does not want it. */
  refuse(entry: Entry): void;
  /** Takes in what runs already and has no entry. */
  discover(): void;
  /** Discovers, and ends what is gone without a record. */
  reconcile(nowMs: number): void;
}

export interface DoorDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly probe: SlotPort;
  readonly proc: ProcReader;
  readonly paths: CgroupPaths;
  readonly registry: ContainerRegistry;
}

/** Told before `next` sees it. */
export interface DoorWatcher {
  opened(entry: Entry): void;
  closing(entry: Entry): void;
}

export function createContainerDoors(
  config: Pick<Config, 'scope' | 'cgroupRoot' | 'procDir'>,
  roots: readonly HierarchyRoot[],
  deps: DoorDeps,
  next: ContainerSink,
  watcher: DoorWatcher,
): ContainerDoors {
  const { clock, ledger, probe, proc, paths, registry } = deps;

  const admit = (container: Container, hierarchyId: number, openedBootNs: number): void => {
    const root = roots.find(({ id }) => id === hierarchyId);
    const claimed = claimPath(container.cgroupPath);
    const entry: Entry = {
      container,
      claim: claimed?.claim,
      specName: claimed?.runtime,
      dir: `${root?.mountPoint ?? ''}${container.cgroupPath}`,
      openedBootNs,
      openedAtMs: clock.monotonicMs(),
      environment: container.initPid === undefined ? undefined : proc.environment(container.initPid),
      processName: container.isPreexisting && container.initPid ? proc.name(container.initPid) : undefined,
      details: undefined,
      isFiltered: false,
      isAsking: false,
      isStale: false,
      attempts: 0,
      nextAskAtMs: clock.monotonicMs() + 500,
      isMissing: false,
      isReleased: false,
    };
    registry.add(entry);
    ledger.count('identify', 'kept', '');
    next.opened(container);
    watcher.opened(entry);
  };

  const ignore = (slot: Slot, reason: string): void => {
    probe.ignoreSlot(slot);
    probe.releaseSlot(slot);
    ledger.count('identify', 'shed', reason);
  };

  const end = (entry: Entry, endedMs: number): void => {
    const { container } = entry;
    container.endedMs = endedMs;
    registry.end(entry);
    watcher.closing(entry);
    // A filter may have refused it just now.
    if (!entry.isFiltered) next.closed(container, false, () => release(entry));
  };

  const release = (entry: Entry): void => {
    if (entry.isReleased) return;
    entry.isReleased = true;
    registry.forgetSlot(entry);
    probe.releaseSlot(entry.container.slot);
  };

  const discover = createDiscovery(config, roots, deps, (container, hierarchyId) => admit(container, hierarchyId, 0));

  return {
    open(fact) {
      const key = `${fact.hierarchyId}:${fact.cgroupId}`;
      const known = registry.at(fact.slot);
      if (fact.slot === OVERFLOW_SLOT) {
        ledger.count('identify', 'dropped', 'no-slot');
        return;
      }
      // Found by walking before its record was read.
      if (known?.container.key === key) return;
      if (known !== undefined) {
        // The kernel never gives a slot twice; if it did, it is the new owner's now.
        ledger.count('identify', 'dropped', 'slot-conflict');
        known.isReleased = true;
        registry.forgetSlot(known);
        end(known, clock.bootToWallMs(fact.bootNs));
      }
      const path = fact.path ?? paths.pathOf(fact.hierarchyId, fact.cgroupId, fact.pid);
      if (path !== undefined && !isBelow(config.cgroupRoot, path)) {
        ignore(fact.slot, 'outside-root');
        return;
      }
      if (config.scope === 'containers' && path !== undefined && claimPath(path)?.claim.isHostService) {
        ignore(fact.slot, 'host-service');
        return;
      }
      const container: Container = {
        key,
        slot: fact.slot,
        // Gone already: a path that is nobody's, never the root's.
        cgroupPath: path ?? `/${key}`,
        startedMs: clock.bootToWallMs(fact.bootNs),
        isPreexisting: false,
        initPid: fact.pid,
        identity: undefined,
        endedMs: undefined,
      };
      admit(container, fact.hierarchyId, fact.bootNs);
    },

    close(entry, fact) {
      // A record of the slot's owner before, read late.
      if (fact.bootNs < entry.openedBootNs) return;
      ledger.count('identify', 'kept', '');
      end(entry, clock.bootToWallMs(fact.bootNs));
    },

    refuse(entry) {
      entry.isFiltered = true;
      if (entry.container.endedMs === undefined) {
        probe.ignoreSlot(entry.container.slot);
        entry.container.endedMs = clock.wallMs();
        registry.end(entry);
      }
      ledger.count('identify', 'shed', 'filtered');
      next.closed(entry.container, true, () => release(entry));
    },

    discover,

    reconcile(nowMs) {
      discover();
      for (const entry of registry.alive()) {
        const isMissing = !existsSync(entry.dir);
        // Twice missing: its own record is not merely late.
        if (isMissing && entry.isMissing) {
          ledger.count('identify', 'dropped', 'close-record-lost');
          end(entry, nowMs);
        }
        entry.isMissing = isMissing;
      }
    },
  };
}

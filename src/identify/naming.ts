import type { Clock } from '../model/clock.ts';
import type { Identity } from '../model/container.ts';
import type { Entry } from './entry.ts';
import type { IdentityFilter } from './filter.ts';
import { buildIdentity, type IdentityOptions } from './resource.ts';
import type { RuntimeDetails } from './runtimes/runtime.ts';

/** Processes get their name by exec'ing: right at the start it may still be the runtime's own. */
const SETTLE_MS = 1_000;
/** After this a container is shown under what its cgroup and process say, whoever may still name it. */
const FALLBACK_MS = 5_000;

export interface Naming {
  /** A runtime's answer. */
  byRuntime(entry: Entry, details: RuntimeDetails): void;
  /** What path and process say, once it is time to stop waiting for more. */
  byPath(entry: Entry): void;
}

/** Sets identities; a container that the filter does not want is refused instead. */
export function createNaming(
  options: IdentityOptions,
  filter: IdentityFilter | undefined,
  deps: {
    readonly clock: Clock;
    readonly canBeNamed: (entry: Entry) => boolean;
    readonly refuse: (entry: Entry) => void;
  },
): Naming {
  const set = (entry: Entry, identity: Identity): void => {
    if (filter !== undefined && !filter(identity)) {
      deps.refuse(entry);
      return;
    }
    // The same object stays when nothing changed: consumers keep encoded attributes by it.
    if (!isSame(entry.container.identity, identity)) entry.container.identity = identity;
  };
  const build = (entry: Entry, details: RuntimeDetails | undefined): Identity => {
    const { key, cgroupPath } = entry.container;
    const { claim, environment, processName } = entry;
    return buildIdentity({ key, cgroupPath, claim, details, environment, processName }, options);
  };

  return {
    byRuntime(entry, details) {
      if (entry.isFiltered) return;
      // An event after the container's end knows less than the inspection before it.
      const { environment = entry.details?.environment, restarts = entry.details?.restarts } = details;
      entry.details = { ...details, environment, restarts };
      set(entry, build(entry, entry.details));
    },
    byPath(entry) {
      if (entry.isFiltered || entry.container.identity !== undefined) return;
      const isEnded = entry.container.endedMs !== undefined;
      const canBeNamed = deps.canBeNamed(entry);
      const waitMs = canBeNamed ? FALLBACK_MS : isEnded ? 0 : SETTLE_MS;
      if (deps.clock.monotonicMs() - entry.openedAtMs < waitMs) return;
      // A filter cannot be decided on a makeshift name: wait for the runtime while there is one to wait for.
      if (filter !== undefined && canBeNamed && !isEnded) return;
      set(entry, build(entry, undefined));
    },
  };
}

function isSame(before: Identity | undefined, now: Identity): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now);
}

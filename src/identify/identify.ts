import type { Config } from '../config/config.ts';
import type { Clock } from '../model/clock.ts';
import type { ContainerSink } from '../model/container-fact.ts';
import type { KernelFact } from '../model/facts.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Log } from '../self/log.ts';
import { createCgroupPaths } from './cgroup-paths.ts';
import { createContainerDoors } from './container-doors.ts';
import { ContainerRegistry } from './container-registry.ts';
import type { Entry } from './entry.ts';
import { createFilter } from './filter.ts';
import type { HostIdentity } from './host-identity.ts';
import { createNaming } from './naming.ts';
import { createProcReader } from './proc-reader.ts';
import { createResolver } from './resolver.ts';
import { connectRuntimes } from './runtimes/registry.ts';
import type { RuntimeState } from './runtimes/runtime.ts';
import { hierarchyRoots, type SlotPort } from './slot-port.ts';

/** Lost records are made good by looking: a container without one appears, a gone one ends. */
const RECONCILE_MS = 60_000;

export interface Identify {
  /** Finds containers that run already. */
  start(): void;
  push(fact: KernelFact): void;
  tick(nowMs: number): void;
  /** For `doctor`: which runtimes answer. */
  runtimes(): readonly RuntimeState[];
  close(): void;
}

export interface IdentifyDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly probe: SlotPort;
  readonly host: HostIdentity;
}

export type IdentifyConfig = Pick<
  Config,
  'scope' | 'cgroupRoot' | 'procDir' | 'dockerHost' | 'filter' | 'labelAllowList'
>;

/**
 * Kernel facts with slot numbers → facts with containers. Nothing waits for a name: facts carry the
 * `Container`, whose `identity` is set when a runtime answers, however late.
 */
export function createIdentify(config: IdentifyConfig, deps: IdentifyDeps, next: ContainerSink): Identify {
  const { clock, ledger, log, probe, host } = deps;
  const roots = hierarchyRoots(probe.hierarchy);
  const proc = createProcReader(config.procDir);
  const paths = createCgroupPaths(roots, config.cgroupRoot, { proc, ledger });
  const registry = new ContainerRegistry(ledger);

  const clients = connectRuntimes(config, {
    clock,
    ledger,
    log,
    changed(id, isRenamed) {
      for (const entry of registry.all()) {
        if (entry.claim?.id === id && (isRenamed || entry.details === undefined)) resolver.ask(entry);
      }
    },
    recovered() {
      // Names may have changed while nobody told.
      for (const entry of registry.all()) {
        if (entry.container.endedMs !== undefined && entry.details !== undefined) continue;
        entry.attempts = 0;
        resolver.ask(entry);
      }
    },
  });
  const resolver = createResolver({
    ledger,
    clock,
    clients,
    named: (entry, details) => naming.byRuntime(entry, details),
  });
  const doors = createContainerDoors(config, roots, { clock, ledger, probe, proc, paths, registry }, next, {
    opened: (entry) => resolver.ask(entry),
    closing: (entry) => naming.byPath(entry),
  });
  const naming = createNaming({ host, labelAllowList: config.labelAllowList }, createFilter(config.filter), {
    clock,
    canBeNamed: resolver.canBeNamed,
    refuse: doors.refuse,
  });
  let reconcileAtMs = 0;

  const pass = (entry: Entry, fact: KernelFact): void => {
    if (fact.kind === 'process-execed') entry.processName ??= fact.name;
    ledger.count('identify', 'kept', '');
    next.push(entry.container, fact);
    if (fact.kind === 'process-exited' && fact.pid === entry.container.initPid) entry.container.initPid = undefined;
  };

  return {
    start() {
      doors.discover();
      reconcileAtMs = clock.monotonicMs() + RECONCILE_MS;
    },
    push(fact) {
      if (fact.kind === 'cgroup-made') {
        paths.note(fact);
        ledger.count('identify', 'kept', '');
        return;
      }
      if (fact.kind === 'slot-opened') {
        doors.open(fact);
        return;
      }
      const entry = registry.at(fact.slot);
      if (entry === undefined) ledger.count('identify', 'dropped', fact.slot === 0 ? 'no-slot' : 'unknown-slot');
      else if (entry.isFiltered) ledger.count('identify', 'shed', 'filtered');
      else if (fact.kind === 'slot-closed') doors.close(entry, fact);
      else pass(entry, fact);
    },
    tick(nowMs) {
      resolver.tick(registry.all());
      for (const entry of registry.all()) naming.byPath(entry);
      registry.purge(nowMs);
      if (clock.monotonicMs() < reconcileAtMs) return;
      reconcileAtMs = clock.monotonicMs() + RECONCILE_MS;
      doors.reconcile(nowMs);
    },
    runtimes: () => [...clients.values()].map((client) => client.state()),
    close: resolver.close,
  };
}

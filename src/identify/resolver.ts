import type { Clock } from '../model/clock.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Entry } from './entry.ts';
import { CONTAINER_ID } from './runtimes/path.ts';
import type { RuntimeClient, RuntimeDetails } from './runtimes/runtime.ts';

const MAX_RUNNING = 8;
const MAX_QUEUED = 4_096;
const MAX_BACK_OFF_MS = 30_000;
/** A runtime that does not know an id will not learn it; its events and recovery ask again anyway. */
const MAX_ATTEMPTS = 10;

export interface Resolver {
  /** Queues look-ups; the answer comes as `named`. */
  ask(entry: Entry): void;
  /** Whether any runtime could name it, now or once it answers again. */
  canBeNamed(entry: Entry): boolean;
  tick(entries: Iterable<Entry>): void;
  close(): void;
}

export interface ResolverDeps {
  readonly ledger: Ledger;
  readonly clients: ReadonlyMap<string, RuntimeClient>;
  readonly clock: Clock;
  named(entry: Entry, details: RuntimeDetails): void;
}

/** Asks runtimes for names: a bounded queue, a few questions at a time, again with back-off. */
export function createResolver(deps: ResolverDeps): Resolver {
  const { ledger, clients, clock, named } = deps;
  const queue: Entry[] = [];
  let running = 0;
  let isClosed = false;

  const clientsFor = (entry: Entry): readonly RuntimeClient[] => {
    const { claim } = entry;
    if (claim === undefined || claim.isHostService) return [];
    const own = clients.get(entry.specName ?? '');
    if (own !== undefined) return [own];
    // A pod's container may be Docker's (cri-dockerd): only its id tells, so ask everybody who has such ids.
    return claim.runtime === undefined && CONTAINER_ID.test(claim.id) ? [...clients.values()] : [];
  };

  const lookUp = async (entry: Entry): Promise<void> => {
    for (const client of clientsFor(entry)) {
      const answer = await client.lookUp(entry.claim?.id ?? '');
      if (isClosed) return;
      if (answer.kind === 'found') {
        named(entry, answer.details);
        return;
      }
    }
  };

  const run = async (entry: Entry): Promise<void> => {
    running++;
    entry.isStale = false;
    try {
      await lookUp(entry);
    } catch {
      // Clients answer, they do not throw; one that does is a lost answer, not the end of the agent.
      ledger.count('identify', 'dropped', 'look-up-failed');
    }
    running--;
    entry.isAsking = false;
    if (entry.isStale) ask(entry);
    pump();
  };

  const pump = (): void => {
    while (!isClosed && running < MAX_RUNNING) {
      const entry = queue.shift();
      if (entry === undefined) return;
      void run(entry);
    }
  };

  const ask = (entry: Entry): void => {
    if (entry.isAsking) {
      entry.isStale = true;
      return;
    }
    if (isClosed || entry.isFiltered || clientsFor(entry).length === 0) return;
    if (queue.length >= MAX_QUEUED) {
      // Its next attempt comes with a tick.
      ledger.count('identify', 'dropped', 'look-up-queue-full');
      return;
    }
    entry.isAsking = true;
    queue.push(entry);
    pump();
  };

  return {
    ask,
    canBeNamed: (entry) => clientsFor(entry).some((client) => client.state().state !== 'absent'),
    tick(entries) {
      const atMs = clock.monotonicMs();
      for (const client of clients.values()) client.tick();
      for (const entry of entries) {
        if (entry.details !== undefined || entry.isAsking || entry.attempts >= MAX_ATTEMPTS) continue;
        if (atMs < entry.nextAskAtMs) continue;
        entry.attempts++;
        entry.nextAskAtMs = atMs + Math.min(MAX_BACK_OFF_MS, 500 * 2 ** entry.attempts);
        ask(entry);
      }
    },
    close() {
      isClosed = true;
      queue.length = 0;
      for (const client of clients.values()) client.close();
    },
  };
}

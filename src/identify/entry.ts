import type { Container } from '../model/container.ts';
import type { OtelEnvironment } from './otel-environment.ts';
import type { PathClaim, RuntimeDetails } from './runtimes/runtime.ts';

/** What identify keeps beside each container. */
export interface Entry {
  readonly container: Container;
  readonly claim: PathClaim | undefined;
  /** Runtime of the registry that made the claim. */
  readonly specName: string | undefined;
  /** Directory of its cgroup; its absence at two reconciliations is an end whose record was lost. */
  readonly dir: string;
  /** Of the kernel record that opened it; 0 for one found by walking. */
  readonly openedBootNs: number;
  /** Monotonic, as `nextAskAtMs`: a stepped wall clock delays no name. */
  readonly openedAtMs: number;
  /** Read at once: a short-lived container's process is gone by the time a runtime says it has no environment. */
  readonly environment: OtelEnvironment | undefined;
  /** Of its first process, after its exec. */
  processName: string | undefined;
  /** Set once a runtime named it, by its API or events. */
  details: RuntimeDetails | undefined;
  isFiltered: boolean;
  /** In the resolver's hands: queued or being asked about. */
  isAsking: boolean;
  /** Something new came while it was being asked about: ask again. */
  isStale: boolean;
  attempts: number;
  nextAskAtMs: number;
  isMissing: boolean;
  /** Its slot may belong to another by now. */
  isReleased: boolean;
}

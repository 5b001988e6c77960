import type { Config } from '../../config/config.ts';
import type { Clock } from '../../model/clock.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Log } from '../../self/log.ts';
import type { OtelEnvironment } from '../otel-environment.ts';

/** What a cgroup path alone says. */
export interface PathClaim {
  /** The runtime's id of the container. */
  readonly id: string;
  /** Set only when the path proves it: a bare id below a parent of its own does not. */
  readonly runtime: string | undefined;
  readonly name: string | undefined;
  readonly podUid: string | undefined;
  /** A service of the host with a mount namespace of its own: no container, except in scope `host`. */
  readonly isHostService: boolean;
}

/** What a runtime's API or its events say. All strings are bounded already. */
export interface RuntimeDetails {
  readonly runtime: string;
  readonly name: string;
  readonly imageName: string | undefined;
  readonly imageTags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined where the source does not have the environment (events). */
  readonly environment: OtelEnvironment | undefined;
  readonly restarts: number | undefined;
}

export type LookUp =
  | { readonly kind: 'found'; readonly details: RuntimeDetails }
  /** The runtime answered that it has no such container. */
  | { readonly kind: 'unknown' }
  /** The runtime did not answer. */
  | { readonly kind: 'unavailable' };

/** For `doctor`: is the runtime there, and does it answer. */
export interface RuntimeState {
  readonly name: string;
  readonly state: 'connected' | 'absent' | 'unreachable' | 'off';
  readonly endpoint: string | undefined;
  readonly detail: string | undefined;
}

export interface RuntimeClient {
  /** Never rejects, always ends within its time limit. */
  lookUp(id: string): Promise<LookUp>;
  state(): RuntimeState;
  /** Reconnects when it is time to. */
  tick(): void;
  close(): void;
}

export interface RuntimeDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  /** The runtime told something about this container, perhaps a new name. */
  changed(id: string, isRenamed: boolean): void;
  /** The runtime answers (again): ask it about everything it has not named. */
  recovered(): void;
}

/**
 * One container runtime. `claim` recognises its cgroups: for every path at most one spec of the registry
 * may answer (fixture test).
 */
export interface RuntimeSpec {
  readonly name: string;
  claim(cgroupPath: string): PathClaim | undefined;
  /** Only runtimes with an API that sonde speaks; undefined when it is configured off. */
  connect?(config: Pick<Config, 'dockerHost'>, deps: RuntimeDeps): RuntimeClient | undefined;
}

import type { Attributes } from './attributes.ts';
import type { Pid, Slot } from './ids.ts';

/** What a runtime told about a container. Every string is bounded (see `identify/bounds.ts`). */
export interface Identity {
  /** The runtime's full id, or the cgroup key where no runtime claims the container. */
  readonly id: string;
  readonly name: string;
  /** `docker`, `podman`, `containerd`, …; `cgroup` where no runtime claims it. */
  readonly runtime: string;
  readonly imageName: string | undefined;
  readonly imageTags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Complete resource attributes by `semconv.md`, host attributes included. */
  readonly resource: Attributes;
  /** Times the runtime restarted it; undefined where the runtime does not say. */
  readonly restarts: number | undefined;
}

/**
 * One container on this host, created when the kernel gives its cgroup a slot. `identity` is filled
 * later: facts hold the object, so a late name applies to everything already counted.
 */
export interface Container {
  /** `<hierarchy>:<cgroup id>`, unique on this host until reboot. */
  readonly key: string;
  readonly slot: Slot;
  /** Path of the cgroup in the chosen hierarchy, from its root, e.g. `/docker/<id>`. */
  readonly cgroupPath: string;
  /** Wall clock at its first exec; for one alive before sonde, at its first process's start. */
  readonly startedMs: number;
  /** True when it was alive before sonde started. */
  readonly isPreexisting: boolean;
  /** A process in it, in the host's pid namespace; used for /proc look-ups. */
  initPid: Pid | undefined;
  /** Undefined until a runtime or the fallback named it. */
  identity: Identity | undefined;
  /** Set once the cgroup is gone. */
  endedMs: number | undefined;
}

import type { Pid, Slot } from './ids.ts';

/**
 * What kernel records say, once decoded. `bootNs` is the kernel's CLOCK_BOOTTIME.
 * Facts are made only for rare records; syscalls arrive as cells (`snapshot.ts`).
 */
export type KernelFact =
  | SlotOpened
  | SlotClosed
  | CgroupMade
  | ProcessStarted
  | ProcessExeced
  | ProcessExited
  | OomKilled;

/** The kernel gave a cgroup a slot: its first exec outside the host's mount namespace. */
export interface SlotOpened {
  readonly kind: 'slot-opened';
  readonly slot: Slot;
  readonly bootNs: number;
  /** Numeric id of the hierarchy; 0 is cgroup v2. */
  readonly hierarchyId: number;
  /** Cgroup id as a decimal string: it may exceed 2^53. */
  readonly cgroupId: string;
  readonly pid: Pid;
  readonly netnsInode: number;
  /** Path if the kernel record carried it, else resolved by `identify` from the id. */
  readonly path: string | undefined;
}

/** The cgroup directory was removed: nothing can be counted in it any more. */
export interface SlotClosed {
  readonly kind: 'slot-closed';
  readonly slot: Slot;
  readonly bootNs: number;
}

/** A cgroup directory appeared below the root we watch. Gives id → path without polling. */
export interface CgroupMade {
  readonly kind: 'cgroup-made';
  readonly bootNs: number;
  readonly hierarchyId: number;
  readonly cgroupId: string;
  readonly path: string;
}

export interface ProcessStarted {
  readonly kind: 'process-started';
  readonly slot: Slot;
  readonly bootNs: number;
  readonly pid: Pid;
  readonly parentPid: Pid;
  /** Executable name of the parent at the fork (`comm`). */
  readonly name: string;
}

export interface ProcessExeced {
  readonly kind: 'process-execed';
  readonly slot: Slot;
  readonly bootNs: number;
  readonly pid: Pid;
  /** `comm` after the exec. */
  readonly name: string;
  /** Path as given to execve, at most 255 bytes. */
  readonly fileName: string;
}

export interface ProcessExited {
  readonly kind: 'process-exited';
  readonly slot: Slot;
  readonly bootNs: number;
  readonly pid: Pid;
  readonly name: string;
  /** 0–255 as a shell would show; undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Signal number that ended it. */
  readonly signal: number | undefined;
  readonly isContainerInit: boolean;
}

export interface OomKilled {
  readonly kind: 'oom-killed';
  readonly slot: Slot;
  readonly bootNs: number;
  readonly pid: Pid;
  readonly name: string;
}

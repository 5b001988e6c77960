import type { Pid, Slot } from '../model/ids.ts';
import type { HotFile, SlotCells } from '../model/snapshot.ts';

/** Face of `probe/kernel`: the native addon, behind types. Everything else in src sees only this. */
export interface KernelProbe {
  /** Which programs run, and why the others do not. */
  readonly programs: readonly ProgramState[];
  /** How a container's cgroup is told: cgroup v2, one v1 hierarchy, or v2 with v1 behind it. */
  readonly hierarchy: Hierarchy;
  /** Wall clock at which the programs were attached: start time of the kernel's cells. */
  readonly attachedMs: number;
  /** Called on the main thread with whole ring records, at most every 50 ms; the buffer is the callee's. */
  onRecords(handler: (records: Uint8Array) => void): void;
  /**
   * Gives a cgroup that existed before the programs a slot (0 = none left). The kernel may have been
   * first: then that slot is returned. With `pid`, a process in it, nested containers are told apart.
   */
  claimSlot(hierarchyId: number, cgroupId: string, netnsInode: number, pid?: Pid): Slot;
  /** Binds a nested cgroup that existed before to its container's slot. */
  bindChild(hierarchyId: number, cgroupId: string, slot: Slot): void;
  /** The cgroup is no container or is filtered out: count nothing for it from now on. */
  ignoreSlot(slot: Slot): void;
  /** Clears a closed slot's cells and makes it available again. */
  releaseSlot(slot: Slot): void;
  /** Cumulative cells; the returned arrays are overwritten by the next call. */
  readCells(slot: Slot): SlotCells;
  hotFiles(): readonly HotFile[];
  /** Records and updates the kernel could not keep, by reason, cumulative. */
  drops(): Readonly<Record<string, number>>;
  /** How the kernel maps are sized, and what they take at most. */
  limits(): KernelSizes;
  /** Share in use of each bounded kernel map, 0–1. */
  fill(): Readonly<Record<string, number>>;
  /** Records of flows that changed since the last call, or of all; read on a thread of its own. */
  readFlows(isFull: boolean): Promise<Uint8Array>;
  /** Makes flows of the connections open in these processes; none = in every watched process. */
  adoptSockets(pids: readonly Pid[]): Promise<void>;
  /** Drops every capability not needed any more; returns those kept. */
  dropCapabilities(keep: readonly string[]): readonly string[];
  close(): void;
}

export interface ProgramState {
  readonly name: string;
  readonly isLoaded: boolean;
  /** What is lost without it. */
  readonly purpose: string;
  /** `SND_BPF_*` and the reason, when not loaded. */
  readonly code: string | undefined;
  readonly reason: string | undefined;
}

export interface KernelSizes {
  readonly slots: number;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface Hierarchy {
  readonly mode: 'v2' | 'v1' | 'hybrid';
  /** Mount point of the hierarchy whose ids are the key, e.g. `/sys/fs/cgroup/unified`. */
  readonly mountPoint: string;
  /** 0 for v2. */
  readonly id: number;
  /** Mount point of the v1 hierarchy used behind it in mode `hybrid` or as the key in `v1`. */
  readonly v1MountPoint: string | undefined;
  readonly v1Id: number | undefined;
}

export interface KernelProbeOptions {
  readonly level: 'off' | 'count' | 'latency';
  readonly scope: 'containers' | 'host';
  readonly cgroupRoot: string;
  readonly cgroupDir: string;
  readonly procDir: string;
}

/** A container that the samplers read files for. */
export interface SampleTarget {
  readonly slot: Slot;
  /** Path in the chosen hierarchy; v1 controllers are tried under the same path. */
  readonly cgroupPath: string;
  readonly pid: Pid | undefined;
}

import type { Slot } from '../model/ids.ts';
import type { CgroupSample, HostSample, HotFile, ProcessSample, SlotCells } from '../model/snapshot.ts';

/** What `aggregate` reads on its ticks; `pipeline.ts` binds it to the probe's samplers. */
export interface Readings {
  /** Cumulative cells; arrays are overwritten by the next call. */
  cells(slot: Slot): SlotCells;
  /** `isFresh` reads every file; otherwise an idle container may answer with its last sample object. */
  cgroup(slot: Slot, isFresh: boolean): CgroupSample | undefined;
  processes(slot: Slot): readonly ProcessSample[];
  host(): HostSample | undefined;
  hotFiles(): readonly HotFile[];
  /** Everything lost so far, by reason. */
  lost(): Readonly<Record<string, number>>;
}

/** Names behind the indices of `SlotCells`, generated from the BPF object. */
export interface CellNames {
  readonly classes: readonly string[];
  /** `none` where the call does not tell the area. */
  readonly areas: readonly string[];
  readonly operations: readonly string[];
}

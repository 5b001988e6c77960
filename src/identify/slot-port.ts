import type { Pid, Slot } from '../model/ids.ts';

/** What identify needs of the kernel probe: who owns a slot, and where cgroups are. */
export interface SlotPort {
  readonly hierarchy: CgroupHierarchy;
  /** 0 = none left; the kernel may have been first, then its slot is returned. `pid`: a process in it. */
  claimSlot(hierarchyId: number, cgroupId: string, netnsInode: number, pid?: Pid): Slot;
  bindChild(hierarchyId: number, cgroupId: string, slot: Slot): void;
  ignoreSlot(slot: Slot): void;
  releaseSlot(slot: Slot): void;
}

export interface CgroupHierarchy {
  readonly mode: 'v2' | 'v1' | 'hybrid';
  readonly mountPoint: string;
  readonly id: number;
  readonly v1MountPoint: string | undefined;
  readonly v1Id: number | undefined;
}

/** One mounted hierarchy whose cgroups may be containers. */
export interface HierarchyRoot {
  readonly id: number;
  readonly mountPoint: string;
  /** Hybrid: here only processes that sit in the root of v2 count, as in the kernel. */
  readonly isBehindV2: boolean;
}

export function hierarchyRoots(hierarchy: CgroupHierarchy): readonly HierarchyRoot[] {
  const { mode, mountPoint, id, v1MountPoint, v1Id } = hierarchy;
  if (mode === 'v1') return [{ id: v1Id ?? id, mountPoint: v1MountPoint ?? mountPoint, isBehindV2: false }];
  const first = { id, mountPoint, isBehindV2: false };
  if (mode === 'v2' || v1MountPoint === undefined || v1Id === undefined) return [first];
  return [first, { id: v1Id, mountPoint: v1MountPoint, isBehindV2: true }];
}

/** Slots beyond the table are marks of the kernel side, e.g. for cgroups it was told to ignore. */
export const MAX_SLOT = 0xfff0;

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SondeError } from '../../errors/sonde-error.ts';

/** What native/addon.cc exports. The only place that types it. */
export interface NativeAddon {
  load(request: NativeLoadRequest): Promise<NativeSession>;
  limitCapabilities(keep: readonly number[]): number[];
}

export interface NativeLoadRequest {
  readonly objectPath: string;
  /** Directory in cgroup v2 that cgroup programs are attached to; '' where there is none. */
  readonly cgroupPath: string;
  readonly programs: readonly NativeProgramRequest[];
  readonly mode: number;
  readonly v1Controller: number;
  readonly v1HierarchyId: number;
  readonly hostMntnsInode: number;
  readonly isHostScope: boolean;
  readonly isLatency: boolean;
  readonly slotLimit: number;
  readonly ringBytes: number;
  readonly memoryLimitBytes: number;
  /** [cgroup v2, v1]; key '0' where the root is not in that hierarchy. */
  readonly roots: readonly [NativeRoot, NativeRoot];
}

export interface NativeRoot {
  readonly key: string;
  readonly level: number;
}

export interface NativeProgramRequest {
  readonly name: string;
  readonly tracepoint: string;
  readonly firstParameter: 'any' | 'pointer' | 'integer';
  readonly isWanted: boolean;
  /** Loaded only where the program of that name is not; '' = always. */
  readonly substituteFor: string;
}

export interface NativeProgram {
  readonly name: string;
  /** '' runs; else what refused it. */
  readonly error: '' | 'unwanted' | 'unneeded' | 'absent' | 'load' | 'attach';
  readonly errorNumber: number;
  readonly detail: string;
}

/** Arrays the addon writes into; lengths are checked by it. */
export interface NativeCells {
  readonly calls: Float64Array;
  readonly errors: Float64Array;
  readonly fileBytes: Float64Array;
  readonly fileOperations: Float64Array;
  readonly totals: Float64Array;
  readonly errnos: Float64Array;
  readonly durations: Float64Array;
}

export interface NativeSession {
  programs(): NativeProgram[];
  limits(): { slots: number; cpus: number; memoryBytes: number };
  onRecords(handler: (records: Uint8Array) => void): void;
  bindCells(cells: NativeCells): void;
  readCells(slot: number): number;
  hotFiles(): Uint8Array;
  claimSlot(
    hierarchyId: number,
    cgroupId: string,
    pid: number,
    netnsInode: number,
    mntnsInode: number,
    pidnsInode: number,
  ): number;
  bindChild(hierarchyId: number, cgroupId: string, slot: number): void;
  ignoreSlot(slot: number): void;
  releaseSlot(slot: number): void;
  drops(): Float64Array;
  fill(): Record<string, number>;
  readFlows(isFull: boolean): Promise<Uint8Array>;
  adoptSockets(pids: readonly number[]): Promise<void>;
  close(): void;
}

/** Built files stand in `build/` of the checkout or the image, above the sources or the compiled code. */
export function findBuilt(name: string): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'build', name);
    if (existsSync(path)) return path;
  }
  throw new SondeError('SND_BPF_NOT_BUILT', `build/${name} is missing`);
}

export function openNativeAddon(): NativeAddon {
  const path = findBuilt('sonde_native.node');
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (error) {
    throw new SondeError('SND_BPF_ADDON', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

import { join } from 'node:path';
import { SondeError } from '../../errors/sonde-error.ts';
import { KERNEL_DROP_NAMES } from '../../generated/layout.ts';
import type { Clock } from '../../model/clock.ts';
import { type Pid, type Slot, slotOf } from '../../model/ids.ts';
import type { KernelProbe, KernelProbeOptions } from '../probe.ts';
import { limitCapabilities } from './capabilities.ts';
import { createCellReader } from './cells.ts';
import { findRoots, readHostLayout } from './hierarchy.ts';
import { decodeHotFiles } from './hot-files.ts';
import { hostMntnsInode, namespaceInode } from './namespaces.ts';
import {
  findBuilt,
  type NativeAddon,
  type NativeLoadRequest,
  type NativeSession,
  openNativeAddon,
} from './native-addon.ts';
import { describePrograms, requestPrograms } from './programs.ts';

export interface KernelProbeDeps {
  readonly clock: Clock;
}

/** Bounds a test makes small to reach them; the defaults are the product's. */
export interface KernelLimits {
  readonly slotLimit: number;
  readonly ringBytes: number;
  readonly memoryLimitBytes: number;
  readonly objectPath: string | undefined;
}

const DEFAULT_LIMITS: KernelLimits = {
  slotLimit: 1024,
  ringBytes: 1_048_576,
  memoryLimitBytes: 32 * 1_048_576,
  objectPath: undefined,
};

const LOAD_CODES = {
  NO_BTF: 'SND_BPF_NO_BTF',
  PERMISSION: 'SND_BPF_PERMISSION',
  OBJECT: 'SND_BPF_OBJECT',
  LOAD: 'SND_BPF_LOAD',
} as const;

async function load(addon: NativeAddon, request: NativeLoadRequest): Promise<NativeSession> {
  try {
    return await addon.load(request);
  } catch (error) {
    const code = (error as { code?: string }).code as keyof typeof LOAD_CODES | undefined;
    const detail = error instanceof Error ? error.message : String(error);
    throw new SondeError((code && LOAD_CODES[code]) ?? 'SND_BPF_LOAD', detail, { cause: error });
  }
}

/**
 * Loads and attaches the BPF object and gives it the face that the pipeline knows. Loading runs on a
 * worker thread; a program the kernel refuses is reported in `programs`, the others run.
 */
export async function createKernelProbe(
  options: KernelProbeOptions,
  deps: KernelProbeDeps,
  limits: Partial<KernelLimits> = {},
): Promise<KernelProbe> {
  const { slotLimit, ringBytes, memoryLimitBytes, objectPath } = { ...DEFAULT_LIMITS, ...limits };
  const { level, procDir } = options;
  const layout = readHostLayout(options.cgroupDir, procDir);
  const addon = openNativeAddon();
  const session = await load(addon, {
    objectPath: objectPath ?? findBuilt('sonde.bpf.o'),
    programs: requestPrograms(level),
    mode: layout.modeNumber,
    v1Controller: layout.controllerNumber,
    v1HierarchyId: layout.hierarchy.v1Id ?? 0,
    hostMntnsInode: hostMntnsInode(procDir),
    isHostScope: options.scope === 'host',
    isLatency: level === 'latency',
    slotLimit,
    ringBytes,
    memoryLimitBytes,
    cgroupPath: layout.v2 === undefined ? '' : join(layout.v2.mountPoint, options.cgroupRoot),
    roots: findRoots(layout, options.cgroupRoot),
  });
  const attachedMs = deps.clock.wallMs();
  const readCells = createCellReader(session, level === 'latency');

  return {
    programs: describePrograms(session.programs(), level),
    hierarchy: layout.hierarchy,
    attachedMs,
    onRecords: (handler) => session.onRecords(handler),
    claimSlot: (hierarchyId, cgroupId, netnsInode, pid?: Pid) =>
      slotOf(
        session.claimSlot(
          hierarchyId,
          cgroupId,
          pid ?? 0,
          netnsInode,
          pid === undefined ? 0 : namespaceInode(procDir, pid, 'mnt'),
          pid === undefined ? 0 : namespaceInode(procDir, pid, 'pid'),
        ),
      ),
    bindChild: (hierarchyId, cgroupId, slot) => session.bindChild(hierarchyId, cgroupId, slot),
    ignoreSlot: (slot) => session.ignoreSlot(slot),
    releaseSlot: (slot) => session.releaseSlot(slot),
    readCells: (slot: Slot) => readCells(slot),
    hotFiles: () => decodeHotFiles(session.hotFiles()),
    drops: () => {
      const counts = session.drops();
      return Object.fromEntries(KERNEL_DROP_NAMES.map((name, i) => [name, counts[i] ?? 0]));
    },
    limits: () => session.limits(),
    fill: () => session.fill(),
    readFlows: (isFull) => session.readFlows(isFull),
    adoptSockets: (pids) => session.adoptSockets(pids),
    dropCapabilities: (keep) => limitCapabilities(addon, keep),
    close: () => session.close(),
  };
}

import type { Clock } from '../model/clock.ts';
import type { Slot } from '../model/ids.ts';
import type { CgroupSample, HostSample, HotFile, ProcessSample, SlotCells } from '../model/snapshot.ts';
import type { Ledger } from '../self/ledger.ts';
import { createCgroupSampler } from './cgroup/cgroup-sampler.ts';
import { createHostSampler } from './host/host-sampler.ts';
import type { KernelProbe, SampleTarget } from './probe.ts';
import { createProcessSampler } from './proc/process-sampler.ts';

/** Everything that is read, not streamed: kernel cells, cgroup files, /proc. */
export interface Samplers {
  open(target: SampleTarget): void;
  close(slot: Slot): void;
  cells(slot: Slot): SlotCells;
  cgroup(slot: Slot, isFresh: boolean): CgroupSample | undefined;
  processes(slot: Slot): readonly ProcessSample[];
  host(): HostSample | undefined;
  hotFiles(): readonly HotFile[];
  /** What the kernel side could not keep, by reason, cumulative. */
  lost(): Readonly<Record<string, number>>;
  end(): void;
}

export function createSamplers(
  options: { readonly procDir: string; readonly cgroupDir: string },
  deps: { readonly probe: KernelProbe; readonly clock: Clock; readonly ledger: Ledger },
): Samplers {
  const { probe } = deps;
  const hierarchy = probe.hierarchy;
  const cgroups = createCgroupSampler({ ...options, hierarchy }, deps);
  const processes = createProcessSampler({ procDir: options.procDir, hierarchy }, deps);
  const host = createHostSampler(options);
  return {
    open(target) {
      cgroups.open(target);
      processes.open(target);
    },
    close(slot) {
      cgroups.close(slot);
      processes.close(slot);
    },
    cells: (slot) => probe.readCells(slot),
    cgroup: (slot, isFresh) => cgroups.sample(slot, isFresh),
    processes: (slot) => processes.sample(slot),
    host: () => host.sample(),
    hotFiles: () => probe.hotFiles(),
    lost: () => probe.drops(),
    end: () => host.close(),
  };
}

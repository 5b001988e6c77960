import { readFileSync } from 'node:fs';
import type { Clock } from '../../model/clock.ts';
import type { Slot } from '../../model/ids.ts';
import type { CgroupSample } from '../../model/snapshot.ts';
import type { Hierarchy, SampleTarget } from '../probe.ts';
import { CgroupReader } from './cgroup-reader.ts';
import { createNetworks } from './container-network.ts';
import { createFilesOf } from './files-of.ts';
import { createOpenFiles } from './open-files.ts';

/** About 14 files a container. */
const MAX_OPEN_FILES = 16_384;
/** Sockets, the queue and the kernel's rings need descriptors too. */
const SHARE_OF_LIMIT = 0.5;

/** CPU, memory, disk, network, pressure of containers from cgroup files, v1, v2 or both. Synchronous. */
export interface CgroupSampler {
  /** Opening a slot again replaces its target. */
  open(target: SampleTarget): void;
  /**
   * The same object as before means that nothing was used since. `isFresh` reads every file whatever the
   * CPU time says: for a container's last second.
   */
  sample(slot: Slot, isFresh?: boolean): CgroupSample | undefined;
  /** Also frees the network namespace. */
  close(slot: Slot): void;
}

export interface CgroupSamplerOptions {
  readonly cgroupDir: string;
  readonly procDir: string;
  readonly hierarchy: Hierarchy;
}

export function createCgroupSampler(options: CgroupSamplerOptions, deps: { clock: Clock }): CgroupSampler {
  const openFiles = createOpenFiles(Math.min(MAX_OPEN_FILES, ownLimit() * SHARE_OF_LIMIT));
  const filesOf = createFilesOf(options.cgroupDir, options.hierarchy);
  const networks = createNetworks(options.procDir, openFiles);
  const readers = new Map<Slot, CgroupReader>();

  const close = (slot: Slot): void => {
    readers.get(slot)?.close();
    readers.delete(slot);
  };

  return {
    open(target) {
      close(target.slot);
      const network = target.pid === undefined ? undefined : networks.open(target.slot, target.pid);
      readers.set(target.slot, new CgroupReader(filesOf(target.cgroupPath), openFiles, network));
    },
    sample: (slot, isFresh = false) => readers.get(slot)?.sample(deps.clock.monotonicMs(), isFresh),
    close,
  };
}

/** Node raised its soft limit to the hard one at start. */
function ownLimit(): number {
  const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
}

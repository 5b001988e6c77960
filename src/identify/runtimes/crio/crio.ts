import { claimOf, podUidOf, unitOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** CRI-O: `crio-<id>` with or without `.scope`; crun puts the processes one deeper. `crio-conmon-<id>` is its monitor. */
export const crio: RuntimeSpec = {
  name: 'crio',
  claim(cgroupPath) {
    const id = /^crio-([0-9a-f]{64})(?:\.scope)?$/.exec(unitOf(cgroupPath, 'container'))?.[1];
    return id === undefined ? undefined : claimOf(id, 'crio', { podUid: podUidOf(cgroupPath) });
  },
};

import { CONTAINER_ID, claimOf, isKubernetes, leafOf, podUidOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** A bare id below kubelet's `kubepods` (cgroupfs driver): some CRI runtime's, the path does not say whose. */
export const kubernetes: RuntimeSpec = {
  name: 'kubernetes',
  claim(cgroupPath) {
    const leaf = leafOf(cgroupPath);
    const isPodCgroup = podUidOf(`/kubepods/${leafOf(cgroupPath, 1)}`) !== undefined;
    if (!CONTAINER_ID.test(leaf) || !isKubernetes(cgroupPath) || !isPodCgroup) return undefined;
    return claimOf(leaf, undefined, { podUid: podUidOf(cgroupPath) });
  },
};

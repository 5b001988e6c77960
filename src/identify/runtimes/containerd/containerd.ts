import { claimOf, leafOf, podUidOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/**
 * containerd's CRI under the systemd driver: `cri-containerd-<id>.scope`, or `<slice>:cri-containerd:<id>`
 * where kubelet and containerd disagree about the driver. With cgroupfs the path does not name it.
 */
export const containerd: RuntimeSpec = {
  name: 'containerd',
  claim(cgroupPath) {
    const id = /^(?:cri-containerd-([0-9a-f]{64})\.scope|.*:cri-containerd:([0-9a-f]{64}))$/.exec(leafOf(cgroupPath));
    const found = id?.[1] ?? id?.[2];
    return found === undefined ? undefined : claimOf(found, 'containerd', { podUid: podUidOf(cgroupPath) });
  },
};

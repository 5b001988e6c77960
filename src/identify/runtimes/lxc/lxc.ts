import { claimOf, isUnitLike, leafOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** LXC, LXD and Incus: `/lxc/<name>`, `/lxc.payload/<name>` or `/lxc.payload.<name>`; `lxc.monitor…` is theirs. */
export const lxc: RuntimeSpec = {
  name: 'lxc',
  claim(cgroupPath) {
    const leaf = leafOf(cgroupPath);
    const parent = leafOf(cgroupPath, 1);
    const joined = isUnitLike(leaf) ? undefined : /^lxc\.payload\.(.+)$/.exec(leaf)?.[1];
    const name = joined ?? ((parent === 'lxc' || parent === 'lxc.payload') && !isUnitLike(leaf) ? leaf : undefined);
    return name === undefined ? undefined : claimOf(name, 'lxc', { name });
  },
};

import { claimOf, isUnitLike, leafOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/** Cloud Foundry's Garden: `…/garden/<handle>`, since its CPU entitlement `…/garden/good|bad/<handle>`. */
export const garden: RuntimeSpec = {
  name: 'garden',
  claim(cgroupPath) {
    const handle = leafOf(cgroupPath);
    const parent = leafOf(cgroupPath, 1);
    const isInPool = (parent === 'good' || parent === 'bad') && leafOf(cgroupPath, 2) === 'garden';
    const isDirect = parent === 'garden' && handle !== 'good' && handle !== 'bad';
    // Handles are GUIDs, or names without dots.
    return /^[\w-]+$/.test(handle) && !isUnitLike(handle) && (isInPool || isDirect)
      ? claimOf(handle, 'garden')
      : undefined;
  },
};

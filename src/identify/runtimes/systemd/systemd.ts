import { claimOf, leafOf, unescapeUnit } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/**
 * Services of the host. Many have a mount namespace of their own (PrivateTmp=, ProtectSystem=), which
 * makes them look like containers to the kernel side.
 */
export const systemd: RuntimeSpec = {
  name: 'systemd',
  claim(cgroupPath) {
    const leaf = leafOf(cgroupPath);
    if (!/^[^/]+\.service$/.test(leaf)) return undefined;
    return claimOf(cgroupPath, 'systemd', { name: unescapeUnit(leaf), isHostService: true });
  },
};

import { claimOf, leafOf, unescapeUnit, unitOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/**
 * systemd-nspawn and what else registers with machined: `machine-<name>.scope` or
 * `systemd-nspawn@<name>.service`, processes mostly in its `payload`. Virtual machines register too;
 * they are no containers.
 */
export const nspawn: RuntimeSpec = {
  name: 'systemd-nspawn',
  claim(cgroupPath) {
    const unit = unitOf(cgroupPath, 'payload');
    const isPayload = leafOf(cgroupPath) === 'payload';
    const scope = /^machine-(.+)\.scope$/.exec(unit)?.[1];
    const service = /^systemd-nspawn@(.+)\.service$/.exec(unit)?.[1];
    const raw = scope ?? (isPayload ? service : undefined);
    if (raw === undefined || raw.startsWith('qemu\\x2d')) return undefined;
    const name = unescapeUnit(raw);
    return claimOf(name, 'systemd-nspawn', { name });
  },
};

import { readFileSync } from 'node:fs';
import { type Check, finding, ok, unsupported } from '../check.ts';

interface Needed {
  readonly name: string;
  /** Number in include/uapi/linux/capability.h. */
  readonly bit: number;
  /** What is lost without it. */
  readonly loss: string;
  /** CAP_SYS_ADMIN includes it. */
  readonly isInAdmin: boolean;
  readonly isVital: boolean;
}

const SYS_ADMIN_BIT = 21;

const NEEDED: readonly Needed[] = [
  {
    name: 'CAP_BPF',
    bit: 39,
    loss: 'no BPF program can be loaded: nothing is measured',
    isInAdmin: true,
    isVital: true,
  },
  {
    name: 'CAP_PERFMON',
    bit: 38,
    loss: 'no BPF program can be attached: nothing is measured',
    isInAdmin: true,
    isVital: true,
  },
  {
    name: 'CAP_SYS_PTRACE',
    bit: 19,
    loss: "the containers' network interfaces; I/O and open files of their processes",
    isInAdmin: false,
    isVital: false,
  },
  {
    name: 'CAP_DAC_READ_SEARCH',
    bit: 2,
    loss: 'open files of processes of other users',
    isInAdmin: false,
    isVital: false,
  },
];

export function capabilityCheck(effective: bigint | undefined): Check {
  const id = 'privilege.capabilities';
  const title = 'Capabilities';
  if (effective === undefined)
    return finding('warn', 'SND_AGT_CAPABILITY', id, title, '/proc/self/status cannot be read');
  const has = (bit: number) => ((effective >> BigInt(bit)) & 1n) === 1n;
  const missing = NEEDED.filter(({ bit, isInAdmin }) => !has(bit) && !(isInAdmin && has(SYS_ADMIN_BIT)));
  if (missing.length === 0) return ok(id, title, NEEDED.map(({ name }) => shortName(name)).join(' '));
  const detail = missing.map(({ name, loss }) => `without ${name}: ${loss}`).join('\n');
  return missing.some(({ isVital }) => isVital)
    ? unsupported('SND_AGT_CAPABILITY', id, title, detail)
    : finding('warn', 'SND_AGT_CAPABILITY', id, title, detail);
}

const shortName = (name: string): string => name.replace('CAP_', '');

/** Effective capabilities of a process, as a bit mask. */
export function readCapabilities(statusPath: string): bigint | undefined {
  try {
    const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(statusPath, 'utf8'))?.[1];
    return hex === undefined ? undefined : BigInt(`0x${hex}`);
  } catch {
    return undefined;
  }
}

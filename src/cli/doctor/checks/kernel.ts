import { readFileSync, statSync } from 'node:fs';
import { formatBytes } from '../../format.ts';
import { type Check, ok, unsupported } from '../check.ts';

/** docs/decisions/0014-oldest-kernel.md */
const OLDEST = [5, 12] as const;

export function kernelChecks(release: string, btfPath: string, lockdownPath: string): Check[] {
  return [versionCheck(release), btfCheck(btfPath), ...lockdownChecks(lockdownPath)];
}

/** `6.18.44-foo` → [6, 18]. */
export function parseRelease(release: string): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(release);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function versionCheck(release: string): Check {
  const version = parseRelease(release);
  const detail = `Linux ${release}; ${OLDEST.join('.')} or later is needed`;
  const isOld = version && (version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1]));
  return isOld
    ? unsupported('SND_AGT_KERNEL_OLD', 'kernel.version', 'Kernel', detail)
    : ok('kernel.version', 'Kernel', detail);
}

function btfCheck(btfPath: string): Check {
  const size = statSync(btfPath, { throwIfNoEntry: false })?.size;
  return size === undefined
    ? unsupported('SND_BPF_NO_BTF', 'kernel.btf', 'BTF', `${btfPath} is missing`)
    : ok('kernel.btf', 'BTF', `${btfPath}, ${formatBytes(size)}`);
}

/** The file exists only where the lockdown module is built in. */
function lockdownChecks(lockdownPath: string): Check[] {
  let text: string;
  try {
    text = readFileSync(lockdownPath, 'utf8').trim();
  } catch {
    return [];
  }
  const mode = /\[(\w+)\]/.exec(text)?.[1] ?? text;
  return [
    mode === 'confidentiality'
      ? unsupported('SND_AGT_LOCKDOWN', 'kernel.lockdown', 'Lockdown', mode)
      : ok('kernel.lockdown', 'Lockdown', mode),
  ];
}

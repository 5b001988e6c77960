import { SondeError } from '../../errors/sonde-error.ts';
import type { NativeAddon } from './native-addon.ts';

/** Index = the kernel's number (include/uapi/linux/capability.h). */
const NAMES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/** Reduces every thread of the process; returns the names of those left. */
export function limitCapabilities(addon: NativeAddon, keep: readonly string[]): string[] {
  const numbers = keep.map((name) => {
    const number = (NAMES as readonly string[]).indexOf(name);
    if (number < 0) throw new SondeError('SND_BPF_CAPABILITIES', `unknown capability ${name}`);
    return number;
  });
  try {
    return addon.limitCapabilities(numbers).map((number) => NAMES[number] ?? `CAP_${number}`);
  } catch (error) {
    throw new SondeError('SND_BPF_CAPABILITIES', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

import type { Config } from '../config/config.ts';
import { createKernelProbe } from '../probe/kernel/create-kernel-probe.ts';
import type { KernelProbe } from '../probe/probe.ts';
import { createSystemClock } from '../self/system-clock.ts';

/** The BPF programs alone, for a command that wants to know whether they load here. */
export function openProbe(config: Config): Promise<KernelProbe> {
  const { syscalls, scope, cgroupRoot, cgroupDir, procDir } = config;
  const options = { level: syscalls, scope, cgroupRoot, cgroupDir, procDir };
  return createKernelProbe(options, { clock: createSystemClock(procDir) });
}

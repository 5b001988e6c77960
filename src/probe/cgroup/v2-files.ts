import type { DiskIo } from '../../model/snapshot.ts';
import { US_PER_S } from '../../units.ts';
import { assignedOf, fieldOf, numberAt } from '../proc/fields.ts';
import type { FileSpec } from './fields.ts';

/** A disk array beyond this is counted by its first devices only. */
export const MAX_DEVICES = 64;

/** `cpu.stat` has the times also where no controller is enabled, the throttling only with `cpu`. */
export const v2CpuStat = (dir: string): FileSpec => ({
  path: `${dir}/cpu.stat`,
  isLimit: false,
  parse(text, into) {
    const userUs = fieldOf(text, 'user_usec');
    const systemUs = fieldOf(text, 'system_usec');
    if (userUs !== undefined) into.cpuUserS = userUs / US_PER_S;
    if (systemUs !== undefined) into.cpuSystemS = systemUs / US_PER_S;
    const throttledUs = fieldOf(text, 'throttled_usec');
    if (throttledUs === undefined) return;
    into.cpuThrottledS = throttledUs / US_PER_S;
    into.cpuThrottledPeriods = fieldOf(text, 'nr_throttled');
    into.cpuPeriods = fieldOf(text, 'nr_periods');
  },
});

/** Everything else of a v2 cgroup; formats by the kernel's Documentation/admin-guide/cgroup-v2.rst. */
export function v2Files(dir: string): FileSpec[] {
  return [
    {
      path: `${dir}/memory.current`,
      isLimit: false,
      parse: (text, into) => {
        into.memoryUsageBytes = numberAt(text, 0);
      },
    },
    {
      path: `${dir}/memory.stat`,
      isLimit: false,
      parse(text, into) {
        into.memoryRssBytes = fieldOf(text, 'anon');
        into.memoryInactiveFileBytes = fieldOf(text, 'inactive_file');
        into.memoryPageFaults = fieldOf(text, 'pgfault');
        into.memoryMajorPageFaults = fieldOf(text, 'pgmajfault');
      },
    },
    {
      path: `${dir}/io.stat`,
      isLimit: false,
      parse: (text, into) => {
        into.disk = parseIoStat(text);
      },
    },
    {
      path: `${dir}/pids.current`,
      isLimit: false,
      parse: (text, into) => {
        into.pids = numberAt(text, 0);
      },
    },
    {
      path: `${dir}/cpu.max`,
      isLimit: true,
      parse(text, into) {
        // `max 100000` has no number where the quota stands: no limit.
        const quotaUs = numberAt(text, 0);
        const periodUs = numberAt(text, text.indexOf(' '));
        into.cpuLimitCpus = quotaUs === undefined || !periodUs ? undefined : quotaUs / periodUs;
      },
    },
    {
      path: `${dir}/memory.max`,
      isLimit: true,
      parse: (text, into) => {
        into.memoryLimitBytes = numberAt(text, 0);
      },
    },
  ];
}

/** Lines `8:0 rbytes=1 wbytes=2 rios=3 …`; a device without counters has its number alone. */
export function parseIoStat(text: string): DiskIo[] {
  const disk: DiskIo[] = [];
  for (const line of text.split('\n')) {
    const readBytes = assignedOf(line, 'rbytes');
    if (readBytes === undefined || disk.length >= MAX_DEVICES) continue;
    disk.push({ device: line.slice(0, line.indexOf(' ')), readBytes, writtenBytes: assignedOf(line, 'wbytes') ?? 0 });
  }
  return disk.filter((d) => /^\d+:\d+$/.test(d.device));
}

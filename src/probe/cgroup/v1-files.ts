import { existsSync, readdirSync } from 'node:fs';
import type { DiskIo } from '../../model/snapshot.ts';
import { NS_PER_S } from '../../units.ts';
import { fieldOf, numberAt } from '../proc/fields.ts';
import type { CgroupFields, FileSpec } from './fields.ts';
import { MAX_DEVICES } from './v2-files.ts';

/** v1 says "no limit" with the largest page-aligned number; nothing has an exabyte. */
const NO_MEMORY_LIMIT_BYTES = 2 ** 60;

const file = (path: string, parse: FileSpec['parse'], isLimit = false): FileSpec => ({ path, isLimit, parse });

/** `dirOf` gives a controller's directory for this cgroup, or undefined where it is not mounted. */
export type ControllerDir = (controller: string) => string | undefined;

/** Precise total and its parts; `splitCpu` joins them once all are read. */
export function v1CpuFiles(dirOf: ControllerDir): FileSpec[] {
  const dir = dirOf('cpuacct');
  if (dir === undefined) return [];
  return [
    file(`${dir}/cpuacct.usage`, (text, into) => {
      into.cpuUsageNs = numberAt(text, 0);
    }),
    file(`${dir}/cpuacct.stat`, (text, into) => {
      into.cpuUserTicks = fieldOf(text, 'user');
      into.cpuSystemTicks = fieldOf(text, 'system');
    }),
  ];
}

/**
 * `cpuacct.usage` is exact to the nanosecond but has no modes, `cpuacct.stat` has modes but counts in
 * 10 ms. The exact total is split by their ratio, and neither part ever falls.
 */
export function splitCpu(fields: CgroupFields): void {
  if (fields.cpuUsageNs === undefined) return;
  const totalS = fields.cpuUsageNs / NS_PER_S;
  const user = fields.cpuUserTicks ?? 0;
  const ticks = user + (fields.cpuSystemTicks ?? 0);
  const userBeforeS = fields.cpuUserS ?? 0;
  const systemBeforeS = fields.cpuSystemS ?? 0;
  const wantedS = ticks === 0 ? totalS : (totalS * user) / ticks;
  const userS = Math.max(userBeforeS, Math.min(wantedS, totalS - systemBeforeS));
  fields.cpuUserS = userS;
  fields.cpuSystemS = Math.max(systemBeforeS, totalS - userS);
}

export function v1Files(dirOf: ControllerDir): FileSpec[] {
  return [...cpuBandwidth(dirOf('cpu')), ...memory(dirOf('memory')), ...blkio(dirOf('blkio')), ...pids(dirOf('pids'))];
}

function cpuBandwidth(dir: string | undefined): FileSpec[] {
  if (dir === undefined) return [];
  return [
    file(`${dir}/cpu.stat`, (text, into) => {
      const throttledNs = fieldOf(text, 'throttled_time');
      if (throttledNs === undefined) return;
      into.cpuThrottledS = throttledNs / NS_PER_S;
      into.cpuThrottledPeriods = fieldOf(text, 'nr_throttled');
      into.cpuPeriods = fieldOf(text, 'nr_periods');
    }),
    file(
      `${dir}/cpu.cfs_quota_us`,
      (text, into) => {
        // -1, which has no digit first, is no limit.
        into.cpuQuotaUs = numberAt(text, 0);
      },
      true,
    ),
    file(
      `${dir}/cpu.cfs_period_us`,
      (text, into) => {
        const periodUs = numberAt(text, 0);
        into.cpuLimitCpus = into.cpuQuotaUs === undefined || !periodUs ? undefined : into.cpuQuotaUs / periodUs;
      },
      true,
    ),
  ];
}

function memory(dir: string | undefined): FileSpec[] {
  if (dir === undefined) return [];
  return [
    file(`${dir}/memory.usage_in_bytes`, (text, into) => {
      into.memoryUsageBytes = numberAt(text, 0);
    }),
    file(`${dir}/memory.stat`, (text, into) => {
      into.memoryRssBytes = fieldOf(text, 'total_rss');
      into.memoryInactiveFileBytes = fieldOf(text, 'total_inactive_file');
      into.memoryPageFaults = fieldOf(text, 'total_pgfault');
      into.memoryMajorPageFaults = fieldOf(text, 'total_pgmajfault');
    }),
    file(
      `${dir}/memory.limit_in_bytes`,
      (text, into) => {
        const limitBytes = numberAt(text, 0);
        into.memoryLimitBytes =
          limitBytes === undefined || limitBytes >= NO_MEMORY_LIMIT_BYTES ? undefined : limitBytes;
      },
      true,
    ),
  ];
}

function blkio(dir: string | undefined): FileSpec[] {
  if (dir === undefined) return [];
  // Only the recursive file includes child cgroups; older kernels do not have it. Since 6.10 both stay empty
  // until some cgroup has a limit on the device.
  const recursive = `${dir}/blkio.throttle.io_service_bytes_recursive`;
  return [
    file(existsSync(recursive) ? recursive : `${dir}/blkio.throttle.io_service_bytes`, (text, into) => {
      into.disk = parseServiceBytes(text);
    }),
  ];
}

function pids(dir: string | undefined): FileSpec[] {
  if (dir === undefined) return [];
  return [
    file(`${dir}/pids.current`, (text, into) => {
      into.pids = numberAt(text, 0);
    }),
  ];
}

/** Lines `8:0 Read 123`, and a last `Total 123`. */
export function parseServiceBytes(text: string): DiskIo[] {
  const byDevice = new Map<string, { readBytes: number; writtenBytes: number }>();
  for (const line of text.split('\n')) {
    const match = /^(\d+:\d+) (Read|Write) (\d+)$/.exec(line);
    const [, device, direction, digits] = match ?? [];
    if (device === undefined || digits === undefined) continue;
    let row = byDevice.get(device);
    if (row === undefined) {
      if (byDevice.size >= MAX_DEVICES) continue;
      row = { readBytes: 0, writtenBytes: 0 };
      byDevice.set(device, row);
    }
    if (direction === 'Read') row.readBytes = Number(digits);
    else row.writtenBytes = Number(digits);
  }
  return [...byDevice].map(([device, row]) => ({ device, ...row }));
}

/** Finds where controllers are mounted below `cgroupDir`: `cpu`, or joined as `cpu,cpuacct`. */
export function findControllers(cgroupDir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let names: string[];
  try {
    names = readdirSync(cgroupDir);
  } catch {
    return found;
  }
  // Longer names first, so that a plain name or link of the same controller replaces them.
  for (const name of names.toSorted((a, b) => b.length - a.length)) {
    for (const controller of name.split(',')) found.set(controller, `${cgroupDir}/${name}`);
  }
  return found;
}

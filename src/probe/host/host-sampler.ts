import { existsSync } from 'node:fs';
import type { HostSample } from '../../model/snapshot.ts';
import { createOpenFiles } from '../cgroup/open-files.ts';
import { parseNetDev } from '../proc/net-dev.ts';
import { parseCpu, parseDiskStats, parseLoad, parseMemory } from './parse-host.ts';

const MAX_FILES = 8;

export interface HostSampler {
  /** Undefined when /proc cannot be read at all. */
  sample(): HostSample | undefined;
  close(): void;
}

/**
 * The host's own numbers. Network is that of process 1, so that an agent in a container with a network of
 * its own still tells the host's.
 */
export function createHostSampler(options: { procDir: string; sysBlockDir?: string }): HostSampler {
  const { procDir, sysBlockDir = '/sys/block' } = options;
  const files = createOpenFiles(MAX_FILES);
  const stat = files.open(`${procDir}/stat`);
  const meminfo = files.open(`${procDir}/meminfo`);
  const loadavg = files.open(`${procDir}/loadavg`);
  const diskstats = files.open(`${procDir}/diskstats`);
  const netDev = files.open(`${procDir}/1/net/dev`);
  const uptime = files.open(`${procDir}/uptime`);
  const wholeDevices = new Map<string, boolean>();

  /** A device that comes later is looked up once; loop and ram devices only repeat what another one does. */
  const isWhole = (name: string): boolean => {
    let known = wholeDevices.get(name);
    if (known === undefined) {
      known = !/^(loop|ram)\d/.test(name) && existsSync(`${sysBlockDir}/${name.replaceAll('/', '!')}`);
      if (wholeDevices.size < 4096) wholeDevices.set(name, known);
    }
    return known;
  };

  return {
    sample() {
      const statText = stat.read();
      if (statText === undefined) return undefined;
      const { memory, memoryLimitBytes } = parseMemory(meminfo.read() ?? '');
      return {
        cpu: parseCpu(statText),
        memory,
        memoryLimitBytes,
        ...parseLoad(loadavg.read() ?? ''),
        disk: parseDiskStats(diskstats.read() ?? '', isWhole),
        network: parseNetDev(netDev.read() ?? ''),
        uptimeS: Number.parseFloat(uptime.read() ?? '0') || 0,
      };
    },
    close() {
      for (const file of [stat, meminfo, loadavg, diskstats, netDev, uptime]) file.close();
    },
  };
}

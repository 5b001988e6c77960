import { existsSync } from 'node:fs';
import type { Clock } from '../../model/clock.ts';
import { type Pid, pidOf, type Slot } from '../../model/ids.ts';
import type { ProcessSample } from '../../model/snapshot.ts';
import type { Ledger } from '../../self/ledger.ts';
import { NS_PER_S } from '../../units.ts';
import type { Hierarchy, SampleTarget } from '../probe.ts';
import { pidsOfCgroup } from './cgroup-pids.ts';
import { pageSizeBytes } from './page-size.ts';
import { type ProcStat, parseProcStat, TICKS_PER_S } from './parse-stat.ts';
import { openFilesOf, parseProcIo, readText } from './process-files.ts';

/** Descriptors and storage bytes are read for this many, busiest first; the rest has CPU and memory. */
const MAX_DETAILED = 64;
/** One container may not hold up the others: what is not read by then is left for the next time. */
const BUDGET_MS = 50;

/** Processes of a container from /proc, busiest first. Dear: for export intervals and watchers. */
export interface ProcessSampler {
  open(target: SampleTarget): void;
  sample(slot: Slot): readonly ProcessSample[];
  close(slot: Slot): void;
}

export interface ProcessSamplerOptions {
  readonly procDir: string;
  readonly hierarchy: Hierarchy;
}

interface Known {
  readonly startTicks: number;
  /** Converted once: the boot clock's estimate moves a little, a process's identity must not. */
  readonly startedMs: number;
  ticks: number;
  busyTicks: number;
}

export function createProcessSampler(
  options: ProcessSamplerOptions,
  deps: { clock: Clock; ledger: Ledger },
): ProcessSampler {
  const { clock, ledger } = deps;
  const pageBytes = pageSizeBytes();
  const targets = new Map<Slot, { dir: string; known: Map<number, Known> }>();

  /** In hybrid mode a container may be told by its v1 cgroup alone. */
  const dirOf = (cgroupPath: string): string => {
    const { mountPoint, v1MountPoint } = options.hierarchy;
    const dir = mountPoint + cgroupPath;
    return v1MountPoint === undefined || existsSync(dir) ? dir : v1MountPoint + cgroupPath;
  };

  const know = (known: Map<number, Known>, pid: number, stat: ProcStat): Known => {
    const ticks = stat.userTicks + stat.systemTicks;
    const before = known.get(pid);
    if (before?.startTicks === stat.startTicks) {
      before.busyTicks = ticks - before.ticks;
      before.ticks = ticks;
      return before;
    }
    const startedMs = clock.bootToWallMs((stat.startTicks / TICKS_PER_S) * NS_PER_S);
    return { startTicks: stat.startTicks, startedMs, ticks, busyTicks: ticks };
  };

  return {
    open({ slot, cgroupPath }) {
      targets.set(slot, { dir: dirOf(cgroupPath), known: new Map() });
    },
    close(slot) {
      targets.delete(slot);
    },
    sample(slot) {
      const target = targets.get(slot);
      if (target === undefined) return [];
      const deadlineMs = clock.monotonicMs() + BUDGET_MS;
      const alive = new Map<number, Known>();
      const rows: { pid: Pid; stat: ProcStat; known: Known }[] = [];
      for (const pid of pidsOfCgroup(target.dir)) {
        if (clock.monotonicMs() > deadlineMs) {
          ledger.count('probe', 'shed', 'process-sample-late');
          break;
        }
        const stat = parseProcStat(readText(`${options.procDir}/${pid}/stat`) ?? '');
        // A zombie holds nothing any more; its times are in its parent's wait and the kernel's cells.
        if (stat === undefined || stat.state === 'Z' || stat.state === 'X') continue;
        const known = know(target.known, pid, stat);
        alive.set(pid, known);
        rows.push({ pid: pidOf(pid), stat, known });
      }
      target.known = alive;
      rows.sort((a, b) => b.known.busyTicks - a.known.busyTicks || b.known.ticks - a.known.ticks);
      return rows.map(({ pid, stat, known }, index) =>
        toSample(pid, stat, known, index < MAX_DETAILED && clock.monotonicMs() < deadlineMs),
      );
    },
  };

  function toSample(pid: Pid, stat: ProcStat, known: Known, isDetailed: boolean): ProcessSample {
    const dir = `${options.procDir}/${pid}`;
    const io = isDetailed ? parseProcIo(readText(`${dir}/io`) ?? '') : undefined;
    return {
      pid,
      name: stat.name,
      startedMs: known.startedMs,
      cpuUserS: stat.userTicks / TICKS_PER_S,
      cpuSystemS: stat.systemTicks / TICKS_PER_S,
      rssBytes: stat.rssPages * pageBytes,
      virtualBytes: stat.virtualBytes,
      threads: stat.threads,
      openFiles: isDetailed ? openFilesOf(dir) : undefined,
      readBytes: io?.readBytes,
      writtenBytes: io?.writtenBytes,
    };
  }
}

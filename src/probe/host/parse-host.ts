import { cleanText } from '../../model/clean-text.ts';
import type { HostSample } from '../../model/snapshot.ts';
import { fieldOf, numberAt } from '../proc/fields.ts';
import { TICKS_PER_S } from '../proc/parse-stat.ts';

const SECTOR_BYTES = 512;
const KIB = 1024;
const MAX_DEVICES = 256;
/** Columns of /proc/stat; guest time is inside user, so it is left out. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

export function parseCpu(text: string): HostSample['cpu'] {
  const rows: { cpu: number; mode: string; s: number }[] = [];
  for (const line of text.split('\n')) {
    const match = /^cpu(\d+) (.*)$/.exec(line);
    if (match === null) continue;
    const [, digits, columns = ''] = match;
    const ticks = columns.split(' ').map(Number);
    const byMode = new Map<string, number>();
    for (const [index, column] of MODES.entries()) {
      // The conventions have one mode for both kinds of interrupt.
      const mode = column === 'irq' || column === 'softirq' ? 'interrupt' : column;
      const value = ticks[index];
      if (value !== undefined && Number.isFinite(value)) byMode.set(mode, (byMode.get(mode) ?? 0) + value);
    }
    for (const [mode, value] of byMode) rows.push({ cpu: Number(digits), mode, s: value / TICKS_PER_S });
  }
  return rows;
}

export function parseMemory(text: string): { memory: HostSample['memory']; memoryLimitBytes: number } {
  const bytes = (key: string): number => (fieldOf(text, `${key}:`) ?? 0) * KIB;
  const total = bytes('MemTotal');
  const free = bytes('MemFree');
  const buffers = bytes('Buffers');
  const cached = bytes('Cached') + bytes('SReclaimable');
  return {
    memoryLimitBytes: total,
    // The states are disjoint and sum to the total.
    memory: [
      { state: 'used', bytes: Math.max(0, total - free - buffers - cached) },
      { state: 'free', bytes: free },
      { state: 'cached', bytes: cached },
      { state: 'buffers', bytes: buffers },
    ],
  };
}

/** `0.01 0.02 0.03 1/234 5678`; the pair is runnable and all tasks. */
export function parseLoad(text: string): { load1m: number; load5m: number; load15m: number; processes: number } {
  const [one, five, fifteen, tasks = ''] = text.split(' ');
  const real = (value: string | undefined): number => {
    const number = Number(value);
    return Number.isFinite(number) ? number : 0;
  };
  return {
    load1m: real(one),
    load5m: real(five),
    load15m: real(fifteen),
    processes: numberAt(tasks, tasks.indexOf('/') + 1) ?? 0,
  };
}

/** Rows of /proc/diskstats for which `isWhole` holds: partitions would count every byte twice. */
export function parseDiskStats(text: string, isWhole: (name: string) => boolean): HostSample['disk'] {
  const disk: HostSample['disk'][number][] = [];
  for (const line of text.split('\n')) {
    const [major, minor, name, reads, , sectorsRead, , writes, , sectorsWritten] = line.trim().split(/\s+/);
    if (name === undefined || sectorsWritten === undefined || disk.length >= MAX_DEVICES) continue;
    if (!isWhole(cleanText(name, 64))) continue;
    disk.push({
      device: `${Number(major)}:${Number(minor)}`,
      readBytes: (numberAt(sectorsRead ?? '', 0) ?? 0) * SECTOR_BYTES,
      writtenBytes: (numberAt(sectorsWritten, 0) ?? 0) * SECTOR_BYTES,
      reads: numberAt(reads ?? '', 0) ?? 0,
      writes: numberAt(writes ?? '', 0) ?? 0,
    });
  }
  return disk;
}

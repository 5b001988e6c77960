import type { Container } from '../model/container.ts';
import type { ContainerFrame, ProcessFrame } from '../model/frame.ts';
import type { CgroupSample, HotFile, ProcessSample, SlotCells } from '../model/snapshot.ts';
import type { CellNames } from './readings.ts';

const TOP_ROWS = 10;

interface Totals {
  calls: number;
  errors: number;
  readBytes: number;
  writtenBytes: number;
  opens: number;
  starts: number;
  exits: number;
  oomKills: number;
  cpuS: number;
  receivedBytes: number;
  transmittedBytes: number;
}

/** Turns cumulative readings into what happened since the last frame. */
export class FrameBuilder {
  private readonly container: Container;
  private readonly names: CellNames;
  private before: Totals | undefined;
  private classCalls: Float64Array;
  private classErrors: Float64Array;
  private processFrames: readonly ProcessFrame[] = [];
  private processesBefore = new Map<number, { cpuS: number; atMs: number }>();
  private hotBefore = new Map<string, number>();
  private hotFrames: readonly { path: string; bytes: number }[] = [];

  constructor(container: Container, names: CellNames) {
    this.container = container;
    this.names = names;
    this.classCalls = new Float64Array(names.classes.length);
    this.classErrors = new Float64Array(names.classes.length);
  }

  build(cells: SlotCells, sample: CgroupSample | undefined, elapsedS: number): ContainerFrame {
    const now = this.totals(cells, sample);
    // A container alive before sonde has years of CPU behind it: its first frame starts at zero.
    const before = this.before ?? (this.container.isPreexisting ? now : ZERO);
    this.before = now;
    const rate = (key: keyof Totals): number => Math.max(0, now[key] - before[key]) / elapsedS;
    return {
      container: this.container,
      cpuRatio: rate('cpuS'),
      cpuLimitCpus: sample?.cpuLimitCpus,
      memoryBytes: sample?.memoryWorkingSetBytes ?? sample?.memoryUsageBytes ?? 0,
      memoryLimitBytes: sample?.memoryLimitBytes,
      syscalls: rate('calls'),
      syscallErrors: rate('errors'),
      fileReadBytes: rate('readBytes'),
      fileWrittenBytes: rate('writtenBytes'),
      fileOpens: rate('opens'),
      networkReceivedBytes: rate('receivedBytes'),
      networkTransmittedBytes: rate('transmittedBytes'),
      processes: sample?.pids ?? 0,
      processStarts: rate('starts'),
      processExits: rate('exits'),
      oomKills: rate('oomKills'),
      topProcesses: this.processFrames,
      topClasses: this.busiestClasses(cells, elapsedS),
      hotFiles: this.hotFrames,
    };
  }

  noteProcesses(samples: readonly ProcessSample[], nowMs: number): void {
    const seen = new Map<number, { cpuS: number; atMs: number }>();
    this.processFrames = samples
      .map((p) => {
        const cpuS = p.cpuUserS + p.cpuSystemS;
        const last = this.processesBefore.get(p.pid);
        seen.set(p.pid, { cpuS, atMs: nowMs });
        const elapsedS = last ? (nowMs - last.atMs) / 1000 : 0;
        const cpuRatio = last && elapsedS > 0 ? Math.max(0, cpuS - last.cpuS) / elapsedS : 0;
        return { pid: p.pid, name: p.name, cpuRatio, rssBytes: p.rssBytes };
      })
      .sort((a, b) => b.cpuRatio - a.cpuRatio || b.rssBytes - a.rssBytes)
      .slice(0, TOP_ROWS);
    this.processesBefore = seen;
  }

  noteHotFiles(files: readonly HotFile[]): void {
    const seen = new Map<string, number>();
    for (const { path, readBytes, writtenBytes } of files) {
      seen.set(path, (seen.get(path) ?? 0) + readBytes + writtenBytes);
    }
    this.hotFrames = [...seen]
      .map(([path, total]) => ({ path, bytes: total - Math.min(total, this.hotBefore.get(path) ?? 0) }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, TOP_ROWS);
    this.hotBefore = seen;
  }

  private totals(cells: SlotCells, sample: CgroupSample | undefined): Totals {
    const operations = this.names.operations;
    const openIndexes = ['open', 'create'].map((name) => operations.indexOf(name));
    const totals = { ...ZERO };
    for (let i = 0; i < this.names.classes.length; i++) {
      totals.calls += cells.calls[i] ?? 0;
      totals.errors += cells.errors[i] ?? 0;
    }
    for (let a = 0; a < this.names.areas.length; a++) {
      totals.readBytes += cells.fileBytes[a * 2] ?? 0;
      totals.writtenBytes += cells.fileBytes[a * 2 + 1] ?? 0;
      for (const o of openIndexes) totals.opens += cells.fileOperations[a * operations.length + o] ?? 0;
    }
    totals.starts = cells.starts;
    totals.exits = cells.exits;
    totals.oomKills = cells.oomKills;
    totals.cpuS = (sample?.cpuUserS ?? 0) + (sample?.cpuSystemS ?? 0);
    for (const io of sample?.network ?? []) {
      totals.receivedBytes += io.receivedBytes;
      totals.transmittedBytes += io.transmittedBytes;
    }
    return totals;
  }

  private busiestClasses(cells: SlotCells, elapsedS: number): ContainerFrame['topClasses'] {
    const rows: { name: string; calls: number; errors: number }[] = [];
    for (const [i, name] of this.names.classes.entries()) {
      const calls = (cells.calls[i] ?? 0) - (this.classCalls[i] ?? 0);
      const errors = (cells.errors[i] ?? 0) - (this.classErrors[i] ?? 0);
      if (calls > 0) rows.push({ name, calls: calls / elapsedS, errors: errors / elapsedS });
    }
    this.classCalls.set(cells.calls.subarray(0, this.classCalls.length));
    this.classErrors.set(cells.errors.subarray(0, this.classErrors.length));
    return rows.sort((a, b) => b.calls - a.calls).slice(0, TOP_ROWS);
  }
}

const ZERO: Totals = {
  calls: 0,
  errors: 0,
  readBytes: 0,
  writtenBytes: 0,
  opens: 0,
  starts: 0,
  exits: 0,
  oomKills: 0,
  cpuS: 0,
  receivedBytes: 0,
  transmittedBytes: 0,
};

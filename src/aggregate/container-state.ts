import { METRIC_CONTAINER_UPTIME, METRIC_SONDE_CONTAINER_RESTARTS } from '../generated/signals.ts';
import type { Container } from '../model/container.ts';
import type { KernelFact } from '../model/facts.ts';
import type { ContainerFrame } from '../model/frame.ts';
import type { CgroupSample, HotFile, ProcessSample } from '../model/snapshot.ts';
import type { Ledger } from '../self/ledger.ts';
import { MS_PER_S } from '../units.ts';
import { CgroupSeries } from './cgroup-series.ts';
import { ContainerFlows } from './container-flows.ts';
import { FileSeries } from './file-series.ts';
import { FrameBuilder } from './frame-builder.ts';
import { LifecycleSeries } from './lifecycle-series.ts';
import { ProcessSeries } from './process-series.ts';
import type { CellNames, Readings } from './readings.ts';
import { createSeriesSet, raise, type SeriesSet } from './series-set.ts';
import { SyscallSeries } from './syscall-series.ts';

/** Everything counted for one container: its series, and the deltas for one-second frames. */
export class ContainerState {
  readonly container: Container;
  readonly set: SeriesSet;
  readonly flows: ContainerFlows;
  private readonly readings: Readings;
  private readonly syscalls: SyscallSeries;
  private readonly files: FileSeries;
  private readonly lifecycle: LifecycleSeries;
  private readonly cgroup: CgroupSeries;
  private readonly processes: ProcessSeries;
  private readonly frames: FrameBuilder;
  /** The same object again means that nothing changed. */
  private lastSample: CgroupSample | undefined;

  constructor(
    container: Container,
    readings: Readings,
    names: CellNames,
    options: { attachedMs: number; seriesLimit: number; ledger: Ledger },
  ) {
    this.container = container;
    this.readings = readings;
    this.set = createSeriesSet(options.seriesLimit, options.ledger);
    const cellsStartMs = Math.max(container.startedMs, options.attachedMs);
    this.flows = new ContainerFlows(cellsStartMs, options.seriesLimit, options.ledger);
    this.syscalls = new SyscallSeries(this.set, names.classes, cellsStartMs);
    this.files = new FileSeries(this.set, names, cellsStartMs);
    this.lifecycle = new LifecycleSeries(this.set, cellsStartMs);
    this.cgroup = new CgroupSeries(this.set, container.startedMs);
    this.processes = new ProcessSeries(this.set, container.startedMs);
    this.frames = new FrameBuilder(container, names);
  }

  push(fact: KernelFact): void {
    this.lifecycle.push(fact);
    // The runtime removes the cgroup some milliseconds after the first process ended: read it now.
    if (fact.kind === 'process-exited' && fact.isContainerInit) this.sample(true);
  }

  /** Reads cells and cgroup files; `elapsedS` undefined makes no frame. */
  tick(nowMs: number, elapsedS: number | undefined): ContainerFrame | undefined {
    const cells = this.readings.cells(this.container.slot);
    this.syscalls.book(cells);
    this.files.book(cells);
    this.lifecycle.book(cells);
    this.flows.bookLost(cells);
    const sample = this.sample(false);
    this.set.get(METRIC_CONTAINER_UPTIME, '', this.container.startedMs, () => ({})).value =
      (nowMs - this.container.startedMs) / MS_PER_S;
    return elapsedS === undefined ? undefined : this.frames.build(cells, sample, elapsedS);
  }

  endAll(): void {
    this.set.endAll();
    this.flows.set.endAll();
  }

  /** The container is gone: last cells, last files, what only the kernel still knew, and a last frame. */
  close(nowMs: number, elapsedS: number): ContainerFrame | undefined {
    this.sample(true);
    const frame = this.tick(nowMs, elapsedS);
    const cells = this.readings.cells(this.container.slot);
    if (!this.container.isPreexisting) this.cgroup.bookEndedThreads(cells);
    return frame;
  }

  bookProcesses(samples: readonly ProcessSample[]): void {
    this.processes.book(samples);
  }

  bookHotFiles(files: readonly HotFile[], nowMs: number): void {
    this.files.bookHot(files, nowMs);
  }

  /** What frames show beside the totals, until the next call. */
  noteDetail(samples: readonly ProcessSample[], files: readonly HotFile[], nowMs: number): void {
    this.frames.noteProcesses(samples, nowMs);
    this.frames.noteHotFiles(files);
  }

  bookRestarts(): void {
    const restarts = this.container.identity?.restarts;
    if (restarts === undefined) return;
    raise(
      this.set.get(METRIC_SONDE_CONTAINER_RESTARTS, '', this.container.startedMs, () => ({})),
      restarts,
    );
  }

  private sample(isFresh: boolean): CgroupSample | undefined {
    const sample = this.readings.cgroup(this.container.slot, isFresh) ?? this.lastSample;
    if (sample && sample !== this.lastSample) this.cgroup.book(sample);
    this.lastSample = sample;
    return sample;
  }
}

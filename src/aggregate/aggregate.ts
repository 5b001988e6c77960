import { METRIC_SONDE_SYSCALL_CALLS } from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Clock } from '../model/clock.ts';
import type { Container } from '../model/container.ts';
import type { ContainerSink } from '../model/container-fact.ts';
import type { FlowView } from '../model/flow-view.ts';
import type { ContainerFrame, Frame } from '../model/frame.ts';
import { OVERFLOW_SLOT } from '../model/ids.ts';
import type { MetricBatch, ResourceSeries } from '../model/series.ts';
import type { HotFile } from '../model/snapshot.ts';
import type { Ledger } from '../self/ledger.ts';
import { MS_PER_S } from '../units.ts';
import type { ContainerFlows } from './container-flows.ts';
import { ContainerState } from './container-state.ts';
import { createDnsBook, type DnsBook } from './dns-book.ts';
import { createFlowBook, type FlowBook } from './flow-book.ts';
import { makeFlowView } from './flow-view.ts';
import { HostSeries } from './host-series.ts';
import type { CellNames, Readings } from './readings.ts';
import { createSeriesSet, raise } from './series-set.ts';

/** Containers that ended and wait for their last export; more than this and the oldest is shed. */
const MAX_ENDED = 4096;

/** Flows of a container that ended are handed on this late: their other end is looked for. */
const LATE_FLOWS_MS = 6_000;

export interface Aggregate extends ContainerSink {
  /** Where flows are booked, each under the container whose end it is. */
  readonly flows: FlowBook;
  readonly lookups: DnsBook;
  /** Once a second: reads cells and files, returns the frame of that second. */
  tick(nowMs: number): Frame;
  /** Once an export interval: everything countable, as series. */
  collect(nowMs: number): MetricBatch;
  /** Reads the per-process detail and hot files that frames show; dear, so only while someone looks. */
  refreshDetail(nowMs: number): void;
  /** What is booked of flows, for who looks at them. */
  flowView(nowMs: number): FlowView;
}

export interface AggregateOptions {
  readonly hostResource: Attributes;
  /** When the kernel programs were attached: start of their counters. */
  readonly attachedMs: number;
  readonly seriesPerContainer: number;
}

/**
 * Container facts, cells and samples → one-second frames and cumulative series. Time comes as a
 * parameter. A container's series are exported once its identity is known, and once more after its
 * end ("last second counted"), then marked as ended.
 */
export function createAggregate(
  options: AggregateOptions,
  names: CellNames,
  deps: { readings: Readings; clock: Clock; ledger: Ledger },
): Aggregate {
  const { readings, ledger, clock } = deps;
  const live = new Map<Container, ContainerState>();
  const ended = new Map<Container, { state: ContainerState; isExported: boolean; hasLateFlows: boolean }>();
  const hostSet = createSeriesSet(20_000, ledger);
  const hostSeries = new HostSeries(hostSet);
  /** Containers that ended since the last tick: their last second belongs to the next frame. */
  let lastFrames: ContainerFrame[] = [];
  let lastTickMs: number | undefined;
  let lostBefore: Readonly<Record<string, number>> = readings.lost();

  const stateOf = (container: Container): ContainerState | undefined =>
    live.get(container) ?? ended.get(container)?.state;

  const flows = createFlowBook({
    ledger,
    nowMs: () => clock.wallMs(),
    flowsOf: (container) => stateOf(container)?.flows,
  });

  function* flowsByContainer(): Iterable<readonly [Container, ContainerFlows]> {
    for (const [container, state] of live) yield [container, state.flows];
    for (const [container, { state }] of ended) yield [container, state.flows];
  }

  const lostSince = (): Record<string, number> => {
    const now = readings.lost();
    const lost: Record<string, number> = {};
    for (const [reason, count] of Object.entries(now)) {
      const delta = count - (lostBefore[reason] ?? 0);
      if (delta > 0) lost[reason] = delta;
    }
    lostBefore = now;
    return lost;
  };

  /** Containers for which the kernel had no slot left are counted together, on the host. */
  const bookOverflowSlot = (): void => {
    const cells = readings.cells(OVERFLOW_SLOT);
    const calls = cells.calls.reduce((sum, n) => sum + n, 0);
    if (calls > 0) raise(hostSet.overflow(METRIC_SONDE_SYSCALL_CALLS, options.attachedMs), calls);
  };

  const hotFilesBySlot = (): Map<number, HotFile[]> => {
    const bySlot = new Map<number, HotFile[]>();
    for (const file of readings.hotFiles()) {
      const list = bySlot.get(file.slot);
      if (list) list.push(file);
      else bySlot.set(file.slot, [file]);
    }
    return bySlot;
  };

  const takeEnded = (nowMs: number): ResourceSeries[] => {
    const resources: ResourceSeries[] = [];
    for (const [container, entry] of ended) {
      const resource = container.identity?.resource;
      if (!resource) continue;
      const isComplete = nowMs - (container.endedMs ?? 0) >= LATE_FLOWS_MS || !flows.isWaiting(container);
      if (entry.isExported && isComplete && !entry.hasLateFlows) {
        entry.state.endAll();
        ended.delete(container);
        resources.push({ ...resourceSeries(container, resource, entry.state), series: [] });
      } else {
        entry.isExported = true;
        entry.hasLateFlows = !isComplete;
        resources.push(resourceSeries(container, resource, entry.state));
      }
    }
    return resources;
  };

  return {
    flows,
    lookups: createDnsBook(options.attachedMs, (container) => stateOf(container)?.flows.set),

    opened(container) {
      live.set(
        container,
        new ContainerState(container, readings, names, {
          attachedMs: options.attachedMs,
          seriesLimit: options.seriesPerContainer,
          ledger,
        }),
      );
    },

    push(container, fact) {
      const state = stateOf(container);
      ledger.count('aggregate', state ? 'kept' : 'dropped', state ? '' : 'unknown-container');
      state?.push(fact);
    },

    closed(container, isFilteredOut, release) {
      const state = live.get(container);
      live.delete(container);
      if (isFilteredOut) flows.forget(container);
      // Its name, which the filter refuses, may come after its end.
      if (isFilteredOut) ended.delete(container);
      if (state && !isFilteredOut) {
        const nowMs = container.endedMs ?? clock.wallMs();
        const frame = state.close(nowMs, 1);
        if (frame && lastFrames.length < MAX_ENDED) lastFrames.push(frame);
        ended.set(container, { state, isExported: false, hasLateFlows: false });
        if (ended.size > MAX_ENDED) {
          const [oldest] = ended.keys();
          if (oldest) ended.delete(oldest);
          ledger.count('aggregate', 'shed', 'ended-containers');
        }
      }
      release();
    },

    tick(nowMs) {
      const elapsedS = lastTickMs === undefined ? 1 : Math.max(0.001, (nowMs - lastTickMs) / MS_PER_S);
      lastTickMs = nowMs;
      const containers = lastFrames;
      lastFrames = [];
      for (const state of live.values()) {
        const frame = state.tick(nowMs, elapsedS);
        if (frame) containers.push(frame);
      }
      return { timeMs: nowMs, elapsedS, containers, host: readings.host(), lost: lostSince() };
    },

    refreshDetail(nowMs) {
      const hot = hotFilesBySlot();
      for (const [container, state] of live) {
        state.noteDetail(readings.processes(container.slot), hot.get(container.slot) ?? [], nowMs);
      }
    },

    flowView: (nowMs) => makeFlowView(flowsByContainer(), { nowMs, sinceMs: options.attachedMs }),

    collect(nowMs) {
      const hot = hotFilesBySlot();
      const resources: ResourceSeries[] = [];
      for (const [container, state] of live) {
        state.tick(nowMs, undefined);
        state.bookProcesses(readings.processes(container.slot));
        state.bookHotFiles(hot.get(container.slot) ?? [], nowMs);
        state.bookRestarts();
        state.flows.expire(nowMs);
        if (container.identity) resources.push(resourceSeries(container, container.identity.resource, state));
      }
      resources.push(...takeEnded(nowMs));
      bookOverflowSlot();
      const host = readings.host();
      if (host) hostSeries.book(host, nowMs);
      resources.push({
        key: 'host',
        resource: options.hostResource,
        series: hostSet.live(),
        ended: hostSet.takeEnded(),
      });
      return { timeMs: nowMs, resources };
    },
  };
}

const resourceSeries = (container: Container, resource: Attributes, state: ContainerState): ResourceSeries => ({
  key: container.key,
  resource,
  series: [...state.set.live(), ...state.flows.set.live()],
  ended: [...state.set.takeEnded(), ...state.flows.set.takeEnded()],
});

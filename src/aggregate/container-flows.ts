import {
  ATTR_SONDE_STITCH_CAUSE,
  ATTR_SONDE_STITCH_CONFIDENCE,
  ATTR_SONDE_STITCH_METHOD,
  METRIC_SONDE_FLOW_CONNECTIONS,
  METRIC_SONDE_FLOW_IO,
  METRIC_SONDE_FLOW_RESOLVED,
} from '../generated/signals.ts';
import type { Flow, Peer } from '../model/flow.ts';
import type { SlotCells } from '../model/snapshot.ts';
import type { Ledger } from '../self/ledger.ts';
import { type FlowAttributes, flowAttributes } from './flow-attributes.ts';
import { FlowGroup } from './flow-group.ts';
import { add, createSeriesSet, type SeriesSet } from './series-set.ts';

/** Series of flows nobody has any more make room after this long. */
const IDLE_MS = 600_000;

/** The flow series of one container: bounded, what is over the bound in one overflow series a metric. */
export class ContainerFlows {
  readonly set: SeriesSet;
  private readonly groups = new Map<string, FlowGroup>();
  /** Of series made from now on: not before the end of one that had the same attributes. */
  private startMs: number;
  private readonly groupLimit: number;
  private readonly ledger: Ledger;
  private overflow: FlowGroup | undefined;
  private readonly lost = { flows: 0, failures: 0, bytes: 0 };

  constructor(startMs: number, seriesLimit: number, ledger: Ledger) {
    this.startMs = startMs;
    // A group has at least one series: more groups than series could only be booked together.
    this.groupLimit = seriesLimit;
    this.ledger = ledger;
    this.set = createSeriesSet(seriesLimit, ledger);
  }

  group(flow: Flow, nowMs: number): FlowGroup {
    const wanted = flowAttributes(flow);
    const group = this.groups.get(wanted.key) ?? this.add(wanted);
    group.usedMs = nowMs;
    group.peer = flow.peer;
    return group;
  }

  /** Groups with what they hold, the overflow one last. */
  *list(): Iterable<FlowGroup> {
    yield* this.groups.values();
    if (this.overflow) yield this.overflow;
  }

  isOverflow(group: FlowGroup): boolean {
    return group === this.overflow;
  }

  lostConnections(): number {
    return this.lost.flows + this.lost.failures;
  }

  private add(wanted: FlowAttributes): FlowGroup {
    if (this.groups.size >= this.groupLimit) {
      this.ledger.count('aggregate', 'shed', 'flow-group-bound');
      this.overflow ??= new FlowGroup(overflowOf(this.set), { attributes: {}, key: 'overflow' }, this.startMs);
      return this.overflow;
    }
    const group = new FlowGroup(this.set, wanted, this.startMs);
    this.groups.set(wanted.key, group);
    return group;
  }

  resolved({ method, confidence, cause }: Peer): void {
    const attributes = {
      [ATTR_SONDE_STITCH_METHOD]: method,
      [ATTR_SONDE_STITCH_CONFIDENCE]: confidence,
      ...(cause === undefined ? {} : { [ATTR_SONDE_STITCH_CAUSE]: cause }),
    };
    const key = `${method}|${confidence}|${cause ?? ''}`;
    add(
      this.set.get(METRIC_SONDE_FLOW_RESOLVED, key, this.startMs, () => attributes),
      1,
    );
  }

  /** Connections whose records the ring had no room for: counted, but under no attributes. */
  bookLost(cells: SlotCells): void {
    const { lost } = this;
    const bytes = cells.lostFlowSentBytes + cells.lostFlowReceivedBytes;
    if (bytes > lost.bytes) add(this.set.overflow(METRIC_SONDE_FLOW_IO, this.startMs), bytes - lost.bytes);
    // Opened and closed, both.
    const events = 2 * (cells.lostFlows - lost.flows) + (cells.lostFlowFailures - lost.failures);
    if (events > 0) add(this.set.overflow(METRIC_SONDE_FLOW_CONNECTIONS, this.startMs), events);
    lost.bytes = Math.max(lost.bytes, bytes);
    lost.flows = Math.max(lost.flows, cells.lostFlows);
    lost.failures = Math.max(lost.failures, cells.lostFlowFailures);
  }

  expire(nowMs: number): void {
    for (const [key, group] of this.groups) {
      if (group.active > 0 || nowMs - group.usedMs < IDLE_MS) continue;
      group.end();
      this.groups.delete(key);
      this.startMs = nowMs;
    }
  }
}

/** Every series is the metric's overflow one, which stays. */
const overflowOf = (set: SeriesSet): SeriesSet => ({
  ...set,
  get: (metric, _key, startMs) => set.overflow(metric, startMs),
});

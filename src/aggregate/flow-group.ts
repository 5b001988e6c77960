import {
  ATTR_ERROR_TYPE,
  ATTR_NETWORK_IO_DIRECTION,
  ATTR_SONDE_FLOW_EVENT,
  METRIC_SONDE_FLOW_ACTIVE,
  METRIC_SONDE_FLOW_CONNECT_DURATION,
  METRIC_SONDE_FLOW_CONNECTIONS,
  METRIC_SONDE_FLOW_IMBALANCE,
  METRIC_SONDE_FLOW_IO,
  METRIC_SONDE_FLOW_MESSAGES,
  METRIC_SONDE_FLOW_RETRANSMITS,
  METRIC_SONDE_FLOW_RTT,
  type MetricSpec,
} from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { FlowCounters, Peer } from '../model/flow.ts';
import type { Series } from '../model/series.ts';
import { US_PER_S } from '../units.ts';
import type { FlowAttributes } from './flow-attributes.ts';
import { observeS } from './histogram.ts';
import { add, type SeriesSet } from './series-set.ts';

type Moved = Omit<FlowCounters, 'rttUs'>;

const DIRECTIONS = [
  ['transmit', 'transmittedBytes', 'transmittedMessages'],
  ['receive', 'receivedBytes', 'receivedMessages'],
] as const;

/** The same counts as the series, plain: what viewers are shown. */
export interface FlowTotals {
  transmittedBytes: number;
  receivedBytes: number;
  retransmittedSegments: number;
  opened: number;
  closed: number;
  failed: number;
  readonly failures: Map<string, number>;
  /** The latest one. */
  rttUs: number | undefined;
}

let lastId = 0;

/** The series of all flows of one container that share their attributes. */
export class FlowGroup {
  readonly id = ++lastId;
  readonly attributes: Attributes;
  readonly key: string;
  /** Flows booked here and open. */
  active = 0;
  usedMs = 0;
  /** Other end of the flow that came last; how sure it is, is not part of the attributes. */
  peer: Peer | undefined;
  readonly totals: FlowTotals = {
    transmittedBytes: 0,
    receivedBytes: 0,
    retransmittedSegments: 0,
    opened: 0,
    closed: 0,
    failed: 0,
    failures: new Map(),
    rttUs: undefined,
  };
  private readonly set: SeriesSet;
  private readonly startMs: number;
  private readonly series = new Map<
    string,
    { readonly metric: MetricSpec; readonly key: string; readonly series: Series }
  >();

  constructor(set: SeriesSet, { attributes, key }: FlowAttributes, startMs: number) {
    this.set = set;
    this.attributes = attributes;
    this.key = key;
    this.startMs = startMs;
  }

  /** What the flow moved since it was booked last. */
  move(now: Moved, booked: Moved): void {
    const { totals } = this;
    for (const [direction, bytesKey, messagesKey] of DIRECTIONS) {
      const bytes = Math.max(0, now[bytesKey] - booked[bytesKey]);
      totals[bytesKey] += bytes;
      const messages = now[messagesKey] - booked[messagesKey];
      if (bytes > 0) add(this.directed(METRIC_SONDE_FLOW_IO, direction), bytes);
      if (messages > 0) add(this.directed(METRIC_SONDE_FLOW_MESSAGES, direction), messages);
    }
    const segments = now.retransmittedSegments - booked.retransmittedSegments;
    if (segments <= 0) return;
    totals.retransmittedSegments += segments;
    add(this.plain(METRIC_SONDE_FLOW_RETRANSMITS), segments);
  }

  count(event: 'opened' | 'closed' | 'failed', errorType: string | undefined): void {
    const { totals } = this;
    totals[event]++;
    if (errorType !== undefined) totals.failures.set(errorType, (totals.failures.get(errorType) ?? 0) + 1);
    const series = this.get(METRIC_SONDE_FLOW_CONNECTIONS, `${event}|${errorType ?? ''}`, () =>
      errorType === undefined
        ? { [ATTR_SONDE_FLOW_EVENT]: event }
        : { [ATTR_SONDE_FLOW_EVENT]: event, [ATTR_ERROR_TYPE]: errorType },
    );
    add(series, 1);
  }

  activate(by: 1 | -1): void {
    this.active += by;
    add(this.plain(METRIC_SONDE_FLOW_ACTIVE), by);
  }

  connected(durationUs: number): void {
    observeS(this.plain(METRIC_SONDE_FLOW_CONNECT_DURATION), durationUs / US_PER_S);
  }

  roundTrip(rttUs: number): void {
    this.totals.rttUs = rttUs;
    observeS(this.plain(METRIC_SONDE_FLOW_RTT), rttUs / US_PER_S);
  }

  imbalance(bytes: number): void {
    add(this.plain(METRIC_SONDE_FLOW_IMBALANCE), bytes);
  }

  end(): void {
    for (const { metric, key } of this.series.values()) this.set.end(metric, key);
    this.series.clear();
  }

  private directed(metric: MetricSpec, direction: 'transmit' | 'receive'): Series {
    return this.get(metric, direction, () => ({ [ATTR_NETWORK_IO_DIRECTION]: direction }));
  }

  private plain(metric: MetricSpec): Series {
    return this.get(metric, '', () => ({}));
  }

  private get(metric: MetricSpec, more: string, attributes: () => Attributes): Series {
    const own = `${metric.name}|${more}`;
    const known = this.series.get(own);
    if (known) return known.series;
    const key = `${this.key}|${more}`;
    const series = this.set.get(metric, key, this.startMs, () => ({ ...this.attributes, ...attributes() }));
    this.series.set(own, { metric, key, series });
    return series;
  }
}

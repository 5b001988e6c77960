import { ATTR_OTEL_METRIC_OVERFLOW, type MetricSpec } from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Series } from '../model/series.ts';
import type { Ledger } from '../self/ledger.ts';

const OVERFLOW_ATTRIBUTES: Attributes = { [ATTR_OTEL_METRIC_OVERFLOW]: true };

/**
 * The series of one resource, bounded per metric (its declared bound) and in all. What is over a bound
 * lands in the metric's overflow series, and the ledger says so: the sum over a metric stays right.
 */
export interface SeriesSet {
  /** `key` distinguishes series of one metric; `attributes` is called only when the series is new. */
  get(metric: MetricSpec, key: string, startMs: number, attributes: () => Attributes): Series;
  overflow(metric: MetricSpec, startMs: number): Series;
  /** Ends a series: exported once more as "no recorded value". */
  end(metric: MetricSpec, key: string): void;
  live(): readonly Series[];
  /** Series ended since the last call. */
  takeEnded(): readonly Series[];
  endAll(): void;
}

export function createSeriesSet(limit: number, ledger: Ledger): SeriesSet {
  const byKey = new Map<string, Series>();
  const countByMetric = new Map<string, number>();
  let liveCache: readonly Series[] | undefined;
  let ended: Series[] = [];

  const add = (fullKey: string, series: Series): Series => {
    byKey.set(fullKey, series);
    countByMetric.set(series.metric.name, (countByMetric.get(series.metric.name) ?? 0) + 1);
    liveCache = undefined;
    return series;
  };

  const overflow = (metric: MetricSpec, startMs: number): Series => {
    const fullKey = `${metric.name}|overflow`;
    return (
      byKey.get(fullKey) ??
      add(fullKey, { metric, attributes: OVERFLOW_ATTRIBUTES, startMs, value: 0, cache: undefined })
    );
  };

  return {
    get(metric, key, startMs, attributes) {
      const fullKey = `${metric.name}|${key}`;
      const known = byKey.get(fullKey);
      if (known) return known;
      if ((countByMetric.get(metric.name) ?? 0) >= metric.bound || byKey.size >= limit) {
        ledger.count('aggregate', 'shed', 'series-bound');
        return overflow(metric, startMs);
      }
      return add(fullKey, { metric, attributes: attributes(), startMs, value: 0, cache: undefined });
    },
    overflow,
    end(metric, key) {
      const fullKey = `${metric.name}|${key}`;
      const series = byKey.get(fullKey);
      if (!series) return;
      byKey.delete(fullKey);
      countByMetric.set(metric.name, (countByMetric.get(metric.name) ?? 1) - 1);
      liveCache = undefined;
      ended.push(series);
    },
    live() {
      liveCache ??= [...byKey.values()];
      return liveCache;
    },
    takeEnded() {
      const taken = ended;
      ended = [];
      return taken;
    },
    endAll() {
      ended.push(...byKey.values());
      byKey.clear();
      countByMetric.clear();
      liveCache = undefined;
    },
  };
}

/** Counters never fall: a reading that races with its writer is held back, not exported lower. */
export function raise(series: Series, value: number): void {
  if (typeof series.value === 'number' && value > series.value) series.value = value;
}

export function add(series: Series, by: number): void {
  if (typeof series.value === 'number') series.value += by;
}

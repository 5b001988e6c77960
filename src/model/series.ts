import type { MetricSpec } from '../generated/signals.ts';
import type { Attributes } from './attributes.ts';

/**
 * One time series, made once and mutated in place. Its owner is `aggregate`; `export` only reads it,
 * except for `cache`, which is `export`'s own scratch space (encoded attribute bytes, last sent value).
 */
export interface Series {
  readonly metric: MetricSpec;
  readonly attributes: Attributes;
  /** Start of a cumulative series, wall clock. */
  readonly startMs: number;
  value: number | ExponentialHistogram | ExplicitHistogram;
  cache: unknown;
}

export interface ExponentialHistogram {
  readonly kind: 'exponential';
  readonly scale: number;
  count: number;
  sum: number;
  zeroCount: number;
  offset: number;
  buckets: number[];
}

export interface ExplicitHistogram {
  readonly kind: 'explicit';
  readonly bounds: readonly number[];
  count: number;
  sum: number;
  buckets: number[];
}

/** What one entity reports: a container, or the host. */
export interface ResourceSeries {
  /** Stable for the entity's life. */
  readonly key: string;
  readonly resource: Attributes;
  readonly series: readonly Series[];
  /** Series that ended since the last batch: exported once more, as "no recorded value". */
  readonly ended: readonly Series[];
}

/** Everything to export at one moment. Series may change after `push` returns: encode within it. */
export interface MetricBatch {
  readonly timeMs: number;
  readonly resources: readonly ResourceSeries[];
}

import type { ExplicitHistogram, ExponentialHistogram } from '../../model/series.ts';
import type { Histogram } from './histogram.ts';

/** A copy that later observations do not change. */
export function copyHistogram(value: Histogram): Histogram {
  return { ...value, buckets: value.buckets.slice() };
}

/** What came since `last`; all of it when the histogram was begun anew. */
export function histogramSince(value: Histogram, last: Histogram | undefined): Histogram {
  if (last === undefined || value.count < last.count) return value;
  if (value.kind === 'explicit' && last.kind === 'explicit') return explicitSince(value, last);
  if (value.kind === 'exponential' && last.kind === 'exponential' && value.scale === last.scale)
    return exponentialSince(value, last);
  return value;
}

function explicitSince(value: ExplicitHistogram, last: ExplicitHistogram): ExplicitHistogram {
  return {
    kind: 'explicit',
    bounds: value.bounds,
    count: value.count - last.count,
    sum: value.sum - last.sum,
    buckets: value.buckets.map((count, i) => count - (last.buckets[i] ?? 0)),
  };
}

/** The window of buckets may have moved down or grown; bucket `i` counts for index `offset + i`. */
function exponentialSince(value: ExponentialHistogram, last: ExponentialHistogram): ExponentialHistogram {
  const shift = value.offset - last.offset;
  return {
    kind: 'exponential',
    scale: value.scale,
    count: value.count - last.count,
    sum: value.sum - last.sum,
    zeroCount: value.zeroCount - last.zeroCount,
    offset: value.offset,
    buckets: value.buckets.map((count, i) => count - (last.buckets[i + shift] ?? 0)),
  };
}

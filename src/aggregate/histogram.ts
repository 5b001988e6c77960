import type { ExplicitHistogram, Series } from '../model/series.ts';

/** Bounds in seconds for round trips and handshakes: from a neighbour on this host to another continent. */
const NETWORK_BOUNDS_S: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const createHistogram = (): ExplicitHistogram => ({
  kind: 'explicit',
  bounds: NETWORK_BOUNDS_S,
  count: 0,
  sum: 0,
  buckets: new Array<number>(NETWORK_BOUNDS_S.length + 1).fill(0),
});

/** Adds one duration; a series that is new holds a number until then. */
export function observeS(series: Series, valueS: number): void {
  if (typeof series.value === 'number') series.value = createHistogram();
  if (series.value.kind !== 'explicit') return;
  const { value } = series;
  let at = 0;
  while (at < value.bounds.length && valueS > (value.bounds[at] ?? 0)) at++;
  value.buckets[at] = (value.buckets[at] ?? 0) + 1;
  value.count++;
  value.sum += valueS;
}

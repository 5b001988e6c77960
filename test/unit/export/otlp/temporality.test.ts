import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExplicitHistogram, ExponentialHistogram } from '../../../../src/model/series.ts';
import type { SinkPoint } from '../../../harness/otlp/decode.ts';
import { batch, metric, resource, series, T0_MS } from '../fixtures.ts';
import { testEncoder } from './encode.ts';

const msOf = (ns: bigint): number => Number(ns / 1_000_000n) - T0_MS;
const spans = (points: readonly SinkPoint[]) => points.map((p) => [msOf(p.startNs), msOf(p.timeNs), Number(p.asInt)]);

describe('delta temporality', () => {
  it('sends what came since the last batch, the first time since the start', () => {
    const encoder = testEncoder('delta');
    const calls = series(metric(), {}, 5, T0_MS - 60_000);
    const at = (timeMs: number) => encoder.encode(batch(T0_MS + timeMs, resource('c', [calls]))).points;
    const first = at(0);
    assert.equal(first[0]?.temporality, 'delta');
    assert.deepEqual(spans(first), [[-60_000, 0, 5]]);
    calls.value = 12;
    assert.deepEqual(spans(at(10_000)), [[0, 10_000, 7]]);
    assert.deepEqual(at(20_000), [], 'nothing came, nothing is sent');
    calls.value = 13;
    assert.deepEqual(spans(at(30_000)), [[20_000, 30_000, 1]]);
  });

  it('leaves what goes up and down cumulative, and gauges as they are', () => {
    const encoder = testEncoder('delta');
    const active = series(metric({ kind: 'updown' }), {}, 5);
    const load = series(metric({ kind: 'gauge' }), {}, 3);
    encoder.encode(batch(T0_MS, resource('c', [active, load])));
    active.value = 4;
    const { points } = encoder.encode(batch(T0_MS + 1, resource('c', [active, load])));
    assert.deepEqual(
      points.map((p) => [p.kind, p.temporality, p.asInt]),
      [
        ['sum', 'cumulative', 4n],
        ['gauge', undefined, 3n],
      ],
    );
  });

  it('takes a total that fell as begun anew', () => {
    const encoder = testEncoder('delta');
    const calls = series(metric(), {}, 50);
    encoder.encode(batch(T0_MS, resource('c', [calls])));
    calls.value = 3;
    assert.deepEqual(spans(encoder.encode(batch(T0_MS + 1, resource('c', [calls]))).points), [[0, 1, 3]]);
  });

  it('sums up to the total, for any growth', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1e9 }), { minLength: 1, maxLength: 20 }), (steps) => {
        const encoder = testEncoder('delta');
        const calls = series(metric(), {}, 0);
        let sum = 0n;
        for (const [i, step] of steps.entries()) {
          (calls.value as number) += step;
          for (const p of encoder.encode(batch(T0_MS + i, resource('c', [calls]))).points) sum += p.asInt ?? 0n;
        }
        assert.equal(sum, BigInt(calls.value as number));
      }),
    );
  });

  it('takes histograms apart by bucket, also when the buckets move', () => {
    const encoder = testEncoder('delta');
    const exponential: ExponentialHistogram = {
      kind: 'exponential',
      scale: 2,
      count: 3,
      sum: 6,
      zeroCount: 1,
      offset: 4,
      buckets: [1, 1],
    };
    const explicit: ExplicitHistogram = { kind: 'explicit', bounds: [1, 2], count: 2, sum: 3, buckets: [1, 0, 1] };
    const a = series(metric({ kind: 'exponential_histogram' }), {}, exponential);
    const b = series(metric({ kind: 'histogram', name: 'b' }), {}, explicit);
    const at = (timeMs: number) => encoder.encode(batch(T0_MS + timeMs, resource('c', [a, b]))).points;
    assert.deepEqual(
      at(0).map((p) => p.histogram?.count),
      [3n, 2n],
    );
    Object.assign(exponential, { count: 8, sum: 20, zeroCount: 2, offset: 2, buckets: [2, 0, 2, 1, 1] });
    Object.assign(explicit, { count: 3, sum: 4, buckets: [2, 0, 1] });
    const [first, second] = at(10);
    assert.deepEqual(first?.histogram, {
      count: 5n,
      sum: 14,
      buckets: [2n, 0n, 1n, 0n, 1n],
      bounds: [],
      scale: 2,
      zeroCount: 1n,
      offset: 2,
    });
    assert.deepEqual(second?.histogram?.buckets, [1n, 0n, 0n]);
    assert.deepEqual([msOf(first?.startNs ?? 0n), msOf(first?.timeNs ?? 0n)], [0, 10]);
    assert.deepEqual(at(20), []);
  });

  it('lowmemory is delta for histograms only: our counters are readings of a total', () => {
    const encoder = testEncoder('lowmemory');
    const explicit: ExplicitHistogram = { kind: 'explicit', bounds: [1], count: 1, sum: 3, buckets: [1, 0] };
    const { points } = encoder.encode(
      batch(T0_MS, resource('c', [series(metric(), {}, 1), series(metric({ kind: 'histogram' }), {}, explicit)])),
    );
    assert.deepEqual(
      points.map((p) => p.temporality),
      ['cumulative', 'delta'],
    );
  });
});

describe('series that end', () => {
  const NO_VALUE = 1;

  it('are marked as stale once when their last value was sent', () => {
    const encoder = testEncoder();
    const calls = series(metric(), { n: 1 }, 5);
    encoder.encode(batch(T0_MS, resource('c', [calls])));
    const [mark, ...more] = encoder.encode(batch(T0_MS + 10, resource('c', [], [calls]))).points;
    assert.deepEqual(more, []);
    assert.deepEqual([mark?.flags, mark?.asInt, mark?.asDouble], [NO_VALUE, undefined, undefined]);
    assert.deepEqual([msOf(mark?.startNs ?? 0n), msOf(mark?.timeNs ?? 0n)], [-60_000, 10]);
    assert.deepEqual({ ...mark?.attributes }, { n: 1n });
    assert.deepEqual(encoder.encode(batch(T0_MS + 20)).points, []);
  });

  it('are sent with their last value first when nobody saw it, and marked in the next batch', () => {
    const encoder = testEncoder();
    const calls = series(metric(), {}, 5);
    const burst = series(metric({ name: 'burst' }), {}, 1);
    encoder.encode(batch(T0_MS, resource('c', [calls])));
    calls.value = 6;
    const last = encoder.encode(batch(T0_MS + 10, resource('c', [], [calls, burst]))).points;
    assert.deepEqual(
      last.map((p) => [p.metric, p.asInt, p.flags]),
      [
        ['test.calls', 6n, 0],
        ['burst', 1n, 0],
      ],
    );
    const marks = encoder.encode(batch(T0_MS + 20)).points;
    assert.deepEqual(
      marks.map((p) => [p.metric, p.flags, p.resource['container.id']]),
      [
        ['test.calls', 1, 'c'],
        ['burst', 1, 'c'],
      ],
    );
    assert.deepEqual(encoder.encode(batch(T0_MS + 30)).points, []);
  });

  it('are not marked when a new series carries on under the same attributes', () => {
    const encoder = testEncoder();
    const before = series(metric(), { pid: 1 }, 5);
    encoder.encode(batch(T0_MS, resource('c', [before])));
    const after = series(metric(), { pid: 1 }, 1, T0_MS + 5);
    const other = series(metric(), { pid: 2 }, 7, T0_MS + 5);
    const { points } = encoder.encode(batch(T0_MS + 10, resource('c', [after, other], [before])));
    assert.deepEqual(
      points.map((p) => [p.asInt, p.flags]),
      [
        [1n, 0],
        [7n, 0],
      ],
    );
  });

  it('send the rest of a delta and no mark', () => {
    const encoder = testEncoder('delta');
    const calls = series(metric(), {}, 5);
    encoder.encode(batch(T0_MS, resource('c', [calls])));
    calls.value = 8;
    assert.deepEqual(spans(encoder.encode(batch(T0_MS + 10, resource('c', [], [calls]))).points), [[0, 10, 3]]);
    assert.deepEqual(encoder.encode(batch(T0_MS + 20)).points, []);
  });

  it('mark histograms and gauges too', () => {
    const encoder = testEncoder();
    const explicit: ExplicitHistogram = { kind: 'explicit', bounds: [1], count: 1, sum: 3, buckets: [1, 0] };
    const ended = [
      series(metric({ kind: 'histogram' }), { n: 1 }, explicit),
      series(metric({ kind: 'gauge', name: 'g' }), { n: 2 }, 1),
    ];
    encoder.encode(batch(T0_MS, resource('c', ended)));
    const { points } = encoder.encode(batch(T0_MS + 10, resource('c', [], ended)));
    assert.deepEqual(
      points.map((p) => [p.kind, p.flags, { ...p.attributes }]),
      [
        ['histogram', 1, { n: 1n }],
        ['gauge', 1, { n: 2n }],
      ],
    );
  });
});

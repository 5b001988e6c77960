import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RequestWriter } from '../../../../src/export/otlp/request-writer.ts';
import { SnapshotTaker } from '../../../../src/export/otlp/snapshot.ts';
import type { AttributeValue } from '../../../../src/model/attributes.ts';
import type { ExplicitHistogram, ExponentialHistogram, Series } from '../../../../src/model/series.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { decodeRequest, type SinkPoint, type SinkValue } from '../../../harness/otlp/decode.ts';
import { batch, largeBatch, metric, resource, series, T0_MS } from '../fixtures.ts';
import { testEncoder } from './encode.ts';

const ms = (wallMs: number): bigint => BigInt(wallMs) * 1_000_000n;
/** What a UTF-8 decoder makes of a string: lone surrogates are replaced. */
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

function sinkValue(value: AttributeValue): SinkValue {
  if (typeof value === 'string') return utf8(value);
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
  return typeof value === 'boolean' ? value : value.map(utf8);
}

function sinkAttributes(attributes: Series['attributes']): Record<string, SinkValue> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, sinkValue(value)]));
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0xd800, max: 0xdfff })).map((units) => String.fromCharCode(...units)),
);
const anyValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  anyText,
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.array(anyText),
);
const keys = fc.stringMatching(/^[a-z][a-z0-9._]{0,30}$/);
const anyAttributes = fc.dictionary(keys, anyValue, { maxKeys: 14 });
const wallMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
const count = fc.nat({ max: 2 ** 31 - 1 });
const anyExplicit: fc.Arbitrary<ExplicitHistogram> = fc.record({
  kind: fc.constant('explicit'),
  bounds: fc.constant([0.005, 0.1, 2.5]),
  count: fc.maxSafeNat(),
  sum: fc.double({ noNaN: true }),
  buckets: fc.array(fc.maxSafeNat(), { minLength: 4, maxLength: 4 }),
});
const anyExponential: fc.Arbitrary<ExponentialHistogram> = fc.record({
  kind: fc.constant('exponential'),
  scale: fc.integer({ min: -10, max: 20 }),
  count: fc.maxSafeNat(),
  sum: fc.double({ noNaN: true }),
  zeroCount: fc.maxSafeNat(),
  offset: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  buckets: fc.array(count, { maxLength: 200 }),
});

function one(points: readonly SinkPoint[]): SinkPoint {
  assert.equal(points.length, 1);
  return points[0] as SinkPoint;
}

describe('encoding of points', () => {
  it('gives back any number series as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('counter', 'updown', 'gauge' as const),
        fc.boolean(),
        anyAttributes,
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        wallMs,
        wallMs,
        (kind, isInteger, attributes, whole, real, startMs, timeMs) => {
          const spec = metric({ kind, isInteger });
          const value = isInteger ? whole : real;
          const live = series(spec, attributes, value, startMs);
          const point = one(testEncoder().encode(batch(timeMs, resource('c', [live]))).points);
          assert.deepEqual({ ...point.attributes }, sinkAttributes(attributes));
          assert.equal(point.kind, kind === 'gauge' ? 'gauge' : 'sum');
          assert.equal(point.isMonotonic, kind === 'counter');
          assert.equal(point.temporality, kind === 'gauge' ? undefined : 'cumulative');
          assert.equal(point.startNs, kind === 'gauge' ? 0n : ms(startMs));
          assert.equal(point.timeNs, ms(timeMs));
          assert.equal(point.flags, 0);
          if (isInteger) assert.equal(point.asInt, BigInt(value));
          else assert.ok(Object.is(point.asDouble, value));
          assert.equal(isInteger ? point.asDouble : point.asInt, undefined);
        },
      ),
    );
  });

  it('gives back any histogram as it was', () => {
    fc.assert(
      fc.property(fc.oneof(anyExplicit, anyExponential), anyAttributes, wallMs, (value, attributes, startMs) => {
        const kind = value.kind === 'explicit' ? 'histogram' : 'exponential_histogram';
        const live = series(metric({ kind, isInteger: false, unit: 's' }), attributes, value, startMs);
        const point = one(testEncoder().encode(batch(T0_MS, resource('c', [live]))).points);
        assert.deepEqual({ ...point.attributes }, sinkAttributes(attributes));
        assert.equal(point.kind, value.kind === 'explicit' ? 'histogram' : 'exponentialHistogram');
        assert.equal(point.temporality, 'cumulative');
        assert.equal(point.startNs, ms(startMs));
        const { histogram } = point;
        assert.equal(histogram?.count, BigInt(value.count));
        assert.ok(Object.is(histogram?.sum, value.sum));
        assert.deepEqual(histogram?.buckets, value.buckets.map(BigInt));
        if (value.kind === 'explicit') assert.deepEqual(histogram?.bounds, value.bounds);
        else {
          assert.equal(histogram?.scale, value.scale);
          assert.equal(histogram?.zeroCount, BigInt(value.zeroCount));
          assert.equal(histogram?.offset, value.offset);
        }
      }),
    );
  });

  it('gives back any resources and never writes more than the limit, however small', () => {
    const anySeries = fc.record({
      name: fc.constantFrom('a.b', 'c.d', 'e.f'),
      attributes: anyAttributes,
      value: fc.nat(),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(anySeries, { maxLength: 20 }), { maxLength: 6 }),
        fc.integer({ min: 3_000, max: 20_000 }),
        (given, limitBytes) => {
          const specs = new Map(['a.b', 'c.d', 'e.f'].map((name) => [name, metric({ name })]));
          const resources = given.map((list, i) =>
            resource(
              `c${i}`,
              list.map((s) => series(specs.get(s.name) ?? metric(), s.attributes, s.value)),
            ),
          );
          const encoder = testEncoder();
          const { points, sizesBytes } = encoder.encode(batch(T0_MS, ...resources), limitBytes);
          assert.ok(
            sizesBytes.every((size) => size <= limitBytes),
            `${sizesBytes} over ${limitBytes}`,
          );
          const dropped = encoder.ledger.rows().reduce((sum, row) => sum + row.count, 0);
          const total = given.reduce((sum, list) => sum + list.length, 0);
          assert.equal(points.length + dropped, total);
          const seen = points.map((p) => `${p.resource['container.id']} ${p.metric} ${p.asInt}`).sort();
          const truth = given.flatMap((list, i) => list.map((s) => `c${i} ${s.name} ${s.value}`)).sort();
          if (dropped === 0) assert.deepEqual(seen, truth);
          else assert.ok(seen.every((line) => truth.includes(line)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('writes wall-clock nanoseconds exactly, fractions of a millisecond included', () => {
    const live = series(metric(), {}, 1, T0_MS + 0.5);
    const point = one(testEncoder().encode(batch(T0_MS + 999.25, resource('c', [live]))).points);
    assert.equal(point.startNs, ms(T0_MS) + 500_000n);
    assert.equal(point.timeNs, ms(T0_MS) + 999_250_000n);
  });

  it('names metric, unit, description and scope', () => {
    const spec = metric({ name: 'sonde.x', unit: 'By', description: 'what it is' });
    const point = one(testEncoder().encode(batch(T0_MS, resource('c', [series(spec, {}, 1)]))).points);
    assert.deepEqual(
      [point.metric, point.unit, point.description, point.scope, { ...point.resource }],
      ['sonde.x', 'By', 'what it is', 'sonde', { 'container.id': 'c' }],
    );
  });
});

describe('requests', () => {
  it('hold 100,000 points in as few requests as 4 MiB allow', () => {
    const encoder = testEncoder();
    const limitBytes = 4 * 1024 * 1024;
    const { points, sizesBytes } = encoder.encode(largeBatch(100_000), limitBytes);
    assert.equal(points.length, 100_000);
    assert.ok(sizesBytes.every((size) => size <= limitBytes));
    const total = sizesBytes.reduce((sum, size) => sum + size, 0);
    assert.ok(
      sizesBytes.length <= Math.ceil(total / limitBytes) + 1,
      `${sizesBytes.length} requests for ${total} bytes`,
    );
    assert.equal(new Set(points.map((point) => point.asInt)).size, 100_000);
  });

  it('split one resource that is larger than a request, and repeat its attributes', () => {
    const spec = metric();
    const live = Array.from({ length: 500 }, (_, i) => series(spec, { 'test.n': i, 'test.pad': 'x'.repeat(500) }, i));
    const { points, sizesBytes } = testEncoder().encode(batch(T0_MS, resource('big', live)), 65_536);
    assert.ok(sizesBytes.length > 4);
    assert.deepEqual(
      points.map((point) => point.asInt),
      live.map((_, i) => BigInt(i)),
    );
    assert.ok(points.every((point) => point.resource['container.id'] === 'big'));
  });

  it('leave out and count what fits in none, and values that are no numbers', () => {
    const encoder = testEncoder();
    const spec = metric();
    const live = [
      series(spec, { n: 1, pad: 'x'.repeat(70_000) }, 1),
      series(spec, { n: 2 }, 2),
      series(spec, { n: 3 }, Number.NaN),
      series(spec, { n: 4 }, Number.POSITIVE_INFINITY),
    ];
    const { points } = encoder.encode(batch(T0_MS, resource('c', live)), 65_536);
    assert.deepEqual(
      points.map((point) => point.asInt),
      [2n],
    );
    const rows = encoder.ledger.rows().map(({ reason, count: n }) => [reason, n]);
    assert.deepEqual(rows, [
      ['not-finite', 2],
      ['point-too-large', 1],
    ]);
  });

  it('follow values and series that change between batches', () => {
    const encoder = testEncoder();
    const spec = metric();
    const a = series(spec, { n: 'a' }, 1);
    const b = series(spec, { n: 'b' }, 10);
    const valuesOf = (...live: Series[]) =>
      encoder.encode(batch(T0_MS, resource('c', live))).points.map((p) => `${p.attributes['n']}=${p.asInt}`);
    assert.deepEqual(valuesOf(a), ['a=1']);
    a.value = 2;
    assert.deepEqual(valuesOf(a), ['a=2']);
    assert.deepEqual(valuesOf(a, b), ['a=2', 'b=10']);
    assert.deepEqual(valuesOf(b, a), ['b=10', 'a=2']);
    assert.deepEqual(valuesOf(b), ['b=10']);
  });

  it('carry the values of the moment of the snapshot, however late they are made', () => {
    const live = series(metric(), { n: 1 }, 5);
    const snapshot = new SnapshotTaker('cumulative', createLedger()).take(batch(T0_MS, resource('c', [live])));
    live.value = 6;
    const request = new RequestWriter(createLedger()).next(snapshot, { part: 0, run: 0, point: 0 }, 65_536);
    assert.equal(one(decodeRequest(request?.bytes ?? Buffer.alloc(0))).asInt, 5n);
  });

  it('take a resource whose attributes become known later', () => {
    const encoder = testEncoder();
    const live = [series(metric(), {}, 1)];
    encoder.encode(batch(T0_MS, { key: 'c', resource: { 'container.id': 'c' }, series: live, ended: [] }));
    const named = { 'container.id': 'c', 'container.name': 'web' };
    const { points } = encoder.encode(batch(T0_MS, { key: 'c', resource: named, series: live, ended: [] }));
    assert.deepEqual({ ...one(points).resource }, named);
  });
});

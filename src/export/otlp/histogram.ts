import type { ExplicitHistogram, ExponentialHistogram, Series } from '../../model/series.ts';
import { writeAttributes } from './attributes.ts';
import { DATA_POINTS, FLAG_NO_RECORDED_VALUE } from './point.ts';
import { type Halves, wallNs } from './wall-time.ts';
import { WIRE_BYTES, WIRE_VARINT, type WireWriter } from './wire.ts';

export type Histogram = ExplicitHistogram | ExponentialHistogram;

const START = 2;
const TIME = 3;
const COUNT = 4;
const SUM = 5;
const EXPLICIT = { counts: 6, bounds: 7, attributes: 9, flags: 10 } as const;
const EXPONENTIAL = { attributes: 1, scale: 6, zeroCount: 7, positive: 8, flags: 10 } as const;
const BUCKETS_OFFSET = 1;
const BUCKETS_COUNTS = 2;

/**
 * What `export` keeps in `Series.cache` for a histogram: its encoded attributes, and a copy of what was
 * sent last. Histograms are few (bounded at 16 a container), so their points are encoded at the snapshot.
 */
export class HistogramPoint {
  readonly owner: object;
  readonly attributes: Uint8Array;
  last: Histogram | undefined;

  constructor(owner: object, attributes: Uint8Array) {
    this.owner = owner;
    this.attributes = attributes;
  }
}

export function createHistogramPoint(owner: object, series: Series, writer: WireWriter): HistogramPoint {
  const field = series.metric.kind === 'exponential_histogram' ? EXPONENTIAL.attributes : EXPLICIT.attributes;
  writeAttributes(writer, field, series.attributes);
  return new HistogramPoint(owner, writer.take());
}

export function encodeHistogram(
  value: Histogram,
  attributes: Uint8Array,
  startMs: number,
  timeNs: Halves,
  writer: WireWriter,
): Uint8Array {
  const point = openPoint(startMs, timeNs, attributes, writer);
  writer.fixed64(COUNT, value.count);
  writer.double(SUM, value.sum);
  if (value.kind === 'explicit') writeExplicit(value, writer);
  else writeExponential(value, writer);
  writer.close(point);
  return writer.take();
}

export function encodeStaleHistogram(
  series: Series,
  attributes: Uint8Array,
  timeNs: Halves,
  writer: WireWriter,
): Uint8Array {
  const point = openPoint(series.startMs, timeNs, attributes, writer);
  writer.tag(series.metric.kind === 'exponential_histogram' ? EXPONENTIAL.flags : EXPLICIT.flags, WIRE_VARINT);
  writer.varint(FLAG_NO_RECORDED_VALUE);
  writer.close(point);
  return writer.take();
}

function openPoint(startMs: number, timeNs: Halves, attributes: Uint8Array, writer: WireWriter): number {
  const point = writer.open(DATA_POINTS);
  const start = wallNs(startMs);
  writer.halves(START, start.low, start.high);
  writer.halves(TIME, timeNs.low, timeNs.high);
  writer.raw(attributes);
  return point;
}

function writeExplicit(value: ExplicitHistogram, writer: WireWriter): void {
  writer.tag(EXPLICIT.counts, WIRE_BYTES);
  writer.varint(value.buckets.length * 8);
  for (const count of value.buckets) writer.bareFixed64(count);
  writer.tag(EXPLICIT.bounds, WIRE_BYTES);
  writer.varint(value.bounds.length * 8);
  for (const bound of value.bounds) writer.bareDouble(bound);
}

function writeExponential(value: ExponentialHistogram, writer: WireWriter): void {
  writer.tag(EXPONENTIAL.scale, WIRE_VARINT);
  writer.sint32(value.scale);
  writer.fixed64(EXPONENTIAL.zeroCount, value.zeroCount);
  const positive = writer.open(EXPONENTIAL.positive);
  writer.tag(BUCKETS_OFFSET, WIRE_VARINT);
  writer.sint32(value.offset);
  const counts = writer.open(BUCKETS_COUNTS);
  for (const count of value.buckets) writer.varint(count);
  writer.close(counts);
  writer.close(positive);
}

import type { Series } from '../../model/series.ts';
import { writeAttributes } from './attributes.ts';
import type { MetricForm } from './metric-form.ts';
import { type Halves, wallNs } from './wall-time.ts';
import { WIRE_VARINT, type WireWriter } from './wire.ts';

export const DATA_POINTS = 1;
const POINT_START = 2;
const POINT_TIME = 3;
const POINT_DOUBLE = 4;
const POINT_INT = 6;
const POINT_ATTRIBUTES = 7;
const POINT_FLAGS = 8;
export const FLAG_NO_RECORDED_VALUE = 1;
/** A tag byte and eight bytes. */
export const FIXED64_FIELD_BYTES = 9;

/**
 * What `export` keeps in `Series.cache` for a number. Its encoded point, with tag and length, stands in the
 * slab of its resource's layout: only times and value in it change from flush to flush.
 */
export class NumberPoint {
  /** Which encoder made it: another one (a test, a second exporter) has other forms. */
  readonly owner: object;
  slab: Uint8Array | undefined;
  from = 0;
  readonly sizeBytes: number;
  /** Where in the point the eight bytes of the time stand; the start's stand before, the value's behind. */
  readonly timeAt: number;
  /** Value at the last snapshot; NaN before the first. */
  lastValue = Number.NaN;

  constructor(owner: object, sizeBytes: number, timeAt: number) {
    this.owner = owner;
    this.sizeBytes = sizeBytes;
    this.timeAt = timeAt;
  }
}

/** Writes the point behind what the writer holds already. */
export function createNumberPoint(owner: object, series: Series, form: MetricForm, writer: WireWriter): NumberPoint {
  const from = writer.at;
  const point = writer.open(DATA_POINTS);
  if (form.hasStart) {
    const start = wallNs(series.startMs);
    writer.halves(POINT_START, start.low, start.high);
  }
  writer.halves(POINT_TIME, 0, 0);
  writer.halves(form.spec.isInteger ? POINT_INT : POINT_DOUBLE, 0, 0);
  writeAttributes(writer, POINT_ATTRIBUTES, series.attributes);
  const bodyBytes = writer.at - point;
  writer.close(point);
  const sizeBytes = writer.at - from;
  return new NumberPoint(owner, sizeBytes, sizeBytes - bodyBytes + (form.hasStart ? FIXED64_FIELD_BYTES : 0) + 1);
}

/** The last point of a series that ended: no value, so that backends mark it as stale. */
export function encodeStaleNumber(series: Series, form: MetricForm, timeNs: Halves, writer: WireWriter): Uint8Array {
  const point = writer.open(DATA_POINTS);
  if (form.hasStart) {
    const start = wallNs(series.startMs);
    writer.halves(POINT_START, start.low, start.high);
  }
  writer.halves(POINT_TIME, timeNs.low, timeNs.high);
  writeAttributes(writer, POINT_ATTRIBUTES, series.attributes);
  writer.tag(POINT_FLAGS, WIRE_VARINT);
  writer.varint(FLAG_NO_RECORDED_VALUE);
  writer.close(point);
  return writer.take();
}

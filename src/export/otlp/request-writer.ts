import { VERSION } from '../../generated/version.ts';
import type { Ledger } from '../../self/ledger.ts';
import { FIXED64_FIELD_BYTES } from './point.ts';
import type { Part, Snapshot } from './snapshot.ts';
import { wallNs } from './wall-time.ts';
import { highHalf, varintSize, WIRE_BYTES, WireWriter, writeVarint } from './wire.ts';

const REQUEST_RESOURCE_METRICS = 1;
const RESOURCE_SCOPE_METRICS = 2;
const SCOPE_SCOPE = 1;
const SCOPE_METRICS = 2;
const tagOf = (field: number): number => field * 8 + WIRE_BYTES;
/** A tag and the longest length that occurs below 256 MiB: what is set aside for each nested message. */
const NESTING_BYTES = 5;
const SMALLEST_BUFFER_BYTES = 65_536;

export interface EncodedRequest {
  /** On the writer's own buffer: valid until the next request is made. */
  readonly bytes: Uint8Array;
  readonly points: number;
}

/** Points `from` to `to` of one metric of one resource, in the request being made. */
interface Segment {
  part: number;
  run: number;
  from: number;
  to: number;
  pointsBytes: number;
  metricBytes: number;
}

/** Makes the requests of a snapshot one after the other, none over the limit, on one buffer used again. */
export class RequestWriter {
  private readonly ledger: Ledger;
  private readonly scopeHead: Uint8Array;
  private buffer = Buffer.alloc(0);
  private view = new DataView(this.buffer.buffer);
  private readonly plan: Segment[] = [];
  private planned = 0;
  private points = 0;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.scopeHead = encodeScope();
  }

  /** The next request behind `cursor`, which moves; undefined at the snapshot's end. */
  next(snapshot: Snapshot, cursor: Cursor, limitBytes: number): EncodedRequest | undefined {
    this.makePlan(snapshot, cursor, limitBytes);
    if (this.planned === 0) return undefined;
    const at = this.write(snapshot);
    return { bytes: this.buffer.subarray(0, at), points: this.points };
  }

  private makePlan(snapshot: Snapshot, cursor: Cursor, limitBytes: number): void {
    this.planned = 0;
    this.points = 0;
    let used = 0;
    for (; cursor.part < snapshot.parts.length; cursor.part++, cursor.run = 0, cursor.point = 0) {
      const part = snapshot.parts[cursor.part] as Part;
      let partBytes = 2 * NESTING_BYTES + part.layout.head.length + this.scopeHead.length;
      for (; cursor.run < part.layout.runs.length; cursor.run++, cursor.point = 0) {
        const run = part.layout.runs[cursor.run];
        if (!run) break;
        let metricBytes = 2 * NESTING_BYTES + run.form.head.length + run.form.tail.length;
        let segment: Segment | undefined;
        for (cursor.point = Math.max(cursor.point, run.from); cursor.point < run.to; cursor.point++) {
          const size = pointSize(snapshot, part, cursor.point);
          if (size === 0) continue;
          const needed = used + partBytes + metricBytes + size;
          if (needed > limitBytes) {
            if (this.planned > 0) return;
            this.ledger.count('export', 'dropped', 'point-too-large');
            continue;
          }
          used = needed;
          partBytes = 0;
          metricBytes = 0;
          segment ??= this.addSegment(cursor);
          segment.to = cursor.point + 1;
          segment.pointsBytes += size;
          this.points++;
        }
      }
    }
  }

  private addSegment(cursor: Cursor): Segment {
    let segment = this.plan[this.planned];
    if (!segment) {
      segment = { part: 0, run: 0, from: 0, to: 0, pointsBytes: 0, metricBytes: 0 };
      this.plan.push(segment);
    }
    this.planned++;
    segment.part = cursor.part;
    segment.run = cursor.run;
    segment.from = cursor.point;
    segment.pointsBytes = 0;
    return segment;
  }

  private write(snapshot: Snapshot): number {
    let sizeBytes = 0;
    for (let first = 0; first < this.planned; ) {
      const next = this.nextPart(first);
      sizeBytes += this.resourceBytes(snapshot, first, next) + NESTING_BYTES;
      first = next;
    }
    this.reserve(sizeBytes);
    let at = 0;
    for (let first = 0; first < this.planned; ) {
      const next = this.nextPart(first);
      at = this.writeResource(snapshot, first, next, at);
      first = next;
    }
    return at;
  }

  /** Index of the first segment of another resource. */
  private nextPart(first: number): number {
    const part = this.plan[first]?.part;
    let next = first + 1;
    while (next < this.planned && this.plan[next]?.part === part) next++;
    return next;
  }

  private scopeBytes(snapshot: Snapshot, first: number, next: number): number {
    let sum = this.scopeHead.length;
    for (let i = first; i < next; i++) {
      const segment = this.plan[i] as Segment;
      const { form } = formOf(snapshot, segment);
      const dataBytes = segment.pointsBytes + form.tail.length;
      segment.metricBytes = form.head.length + 1 + varintSize(dataBytes) + dataBytes;
      sum += 1 + varintSize(segment.metricBytes) + segment.metricBytes;
    }
    return sum;
  }

  private resourceBytes(snapshot: Snapshot, first: number, next: number): number {
    const scopeBytes = this.scopeBytes(snapshot, first, next);
    return headOf(snapshot, this.plan[first] as Segment).length + 1 + varintSize(scopeBytes) + scopeBytes;
  }

  private writeResource(snapshot: Snapshot, first: number, next: number, start: number): number {
    const head = headOf(snapshot, this.plan[first] as Segment);
    let at = this.open(REQUEST_RESOURCE_METRICS, this.resourceBytes(snapshot, first, next), start);
    at = this.raw(head, at);
    at = this.open(RESOURCE_SCOPE_METRICS, this.scopeBytes(snapshot, first, next), at);
    at = this.raw(this.scopeHead, at);
    for (let i = first; i < next; i++) {
      const segment = this.plan[i] as Segment;
      const { form } = formOf(snapshot, segment);
      at = this.open(SCOPE_METRICS, segment.metricBytes, at);
      at = this.raw(form.head, at);
      at = this.open(form.dataField, segment.pointsBytes + form.tail.length, at);
      at = this.writePoints(snapshot, segment, at);
      at = this.raw(form.tail, at);
    }
    return at;
  }

  private writePoints(snapshot: Snapshot, segment: Segment, start: number): number {
    const { layout, offset, encoded } = snapshot.parts[segment.part] as Part;
    let at = start;
    for (let i = segment.from; i < segment.to; ) {
      let next = i;
      while (next < segment.to && !Number.isNaN(snapshot.values[offset + next])) next++;
      if (next > i) {
        this.writeNumbers(snapshot, segment, i, next, at);
        at += (layout.starts[next] as number) - (layout.starts[i] as number);
      }
      const bytes = next < segment.to ? encoded.get(next) : undefined;
      if (bytes) at = this.raw(bytes, at);
      i = next + 1;
    }
    return at;
  }

  /** Neighbours are copied in one go; then times and values are put in. */
  private writeNumbers(snapshot: Snapshot, segment: Segment, from: number, to: number, at: number): void {
    const { layout, offset } = snapshot.parts[segment.part] as Part;
    const { form } = formOf(snapshot, segment);
    const { low, high } = snapshot.timeNs;
    const { view } = this;
    const slabFrom = layout.starts[from] as number;
    this.buffer.set(layout.slab.subarray(slabFrom, layout.starts[to]), at);
    for (let i = from; i < to; i++) {
      const value = snapshot.values[offset + i] as number;
      const timeAt = at - slabFrom + (layout.timesAt[i] as number);
      view.setUint32(timeAt, low, true);
      view.setUint32(timeAt + 4, high, true);
      const valueAt = timeAt + FIXED64_FIELD_BYTES;
      if (form.spec.isInteger) {
        view.setUint32(valueAt, value >>> 0, true);
        view.setUint32(valueAt + 4, highHalf(value) >>> 0, true);
      } else view.setFloat64(valueAt, value, true);
      if (form.isDelta) this.writeStart(snapshot.startsMs[offset + i] as number, timeAt - FIXED64_FIELD_BYTES);
    }
  }

  private writeStart(startMs: number, at: number): void {
    const start = wallNs(startMs);
    this.view.setUint32(at, start.low, true);
    this.view.setUint32(at + 4, start.high, true);
  }

  private open(field: number, sizeBytes: number, at: number): number {
    this.buffer[at] = tagOf(field);
    return writeVarint(this.buffer, at + 1, sizeBytes);
  }

  private raw(bytes: Uint8Array, at: number): number {
    this.buffer.set(bytes, at);
    return at + bytes.length;
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.buffer.length) return;
    let capacity = SMALLEST_BUFFER_BYTES;
    while (capacity < sizeBytes) capacity *= 2;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  }
}

/** Where in a snapshot the next request begins. */
export interface Cursor {
  part: number;
  run: number;
  point: number;
}

function formOf(snapshot: Snapshot, segment: Segment) {
  const run = snapshot.parts[segment.part]?.layout.runs[segment.run];
  if (!run) throw new RangeError('segment outside its snapshot');
  return run;
}

function headOf(snapshot: Snapshot, segment: Segment): Uint8Array {
  return (snapshot.parts[segment.part] as Part).layout.head;
}

/** 0: left out. */
function pointSize(snapshot: Snapshot, part: Part, index: number): number {
  if (Number.isNaN(snapshot.values[part.offset + index])) return part.encoded.get(index)?.length ?? 0;
  const { starts } = part.layout;
  return (starts[index + 1] as number) - (starts[index] as number);
}

function encodeScope(): Uint8Array {
  const writer = new WireWriter();
  const scope = writer.open(SCOPE_SCOPE);
  writer.string(1, 'sonde');
  writer.string(2, VERSION);
  writer.close(scope);
  return writer.take();
}

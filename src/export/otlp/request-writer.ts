import { VERSION } from '../../generated/version.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { MetricForm } from './metric-form.ts';
import { FIXED64_FIELD_BYTES } from './point.ts';
import { type Cursor, NESTING_BYTES, RequestPlan, runOf, type Segment } from './request-plan.ts';
import type { Part, Snapshot } from './snapshot.ts';
import { wallNs } from './wall-time.ts';
import { highHalf, varintSize, WIRE_BYTES, WireWriter, writeVarint } from './wire.ts';

const REQUEST_RESOURCE_METRICS = 1;
const RESOURCE_SCOPE_METRICS = 2;
const SCOPE_SCOPE = 1;
const SCOPE_METRICS = 2;
const SMALLEST_BUFFER_BYTES = 65_536;

export interface EncodedRequest {
  /** On the writer's own buffer: valid until the next request is made. */
  readonly bytes: Uint8Array;
  readonly points: number;
}

/** Makes the requests of a snapshot one after the other, none over the limit, on one buffer used again. */
export class RequestWriter {
  private readonly scopeHead = encodeScope();
  private readonly plan: RequestPlan;
  private buffer = Buffer.alloc(0);
  private view = new DataView(this.buffer.buffer);

  constructor(ledger: Ledger) {
    this.plan = new RequestPlan(this.scopeHead.length, ledger);
  }

  /** The next request behind `cursor`, which moves; undefined at the snapshot's end. */
  next(snapshot: Snapshot, cursor: Cursor, limitBytes: number): EncodedRequest | undefined {
    const { plan } = this;
    plan.fill(snapshot, cursor, limitBytes);
    if (plan.length === 0) return undefined;
    let sizeBytes = 0;
    for (let first = 0; first < plan.length; first = plan.nextPart(first))
      sizeBytes += this.resourceBytes(snapshot, first) + NESTING_BYTES;
    this.reserve(sizeBytes);
    let at = 0;
    for (let first = 0; first < plan.length; first = plan.nextPart(first)) at = this.writeResource(snapshot, first, at);
    return { bytes: this.buffer.subarray(0, at), points: plan.points };
  }

  private resourceBytes(snapshot: Snapshot, first: number): number {
    const scopeBytes = this.scopeBytes(snapshot, first);
    return this.headOf(snapshot, first).length + 1 + varintSize(scopeBytes) + scopeBytes;
  }

  private scopeBytes(snapshot: Snapshot, first: number): number {
    let sum = this.scopeHead.length;
    const next = this.plan.nextPart(first);
    for (let i = first; i < next; i++) {
      const segment = this.plan.segment(i);
      const form = formOf(snapshot, segment);
      const dataBytes = segment.pointsBytes + form.tail.length;
      segment.metricBytes = form.head.length + 1 + varintSize(dataBytes) + dataBytes;
      sum += 1 + varintSize(segment.metricBytes) + segment.metricBytes;
    }
    return sum;
  }

  private writeResource(snapshot: Snapshot, first: number, start: number): number {
    const next = this.plan.nextPart(first);
    let at = this.open(REQUEST_RESOURCE_METRICS, this.resourceBytes(snapshot, first), start);
    at = this.raw(this.headOf(snapshot, first), at);
    at = this.open(RESOURCE_SCOPE_METRICS, this.scopeBytes(snapshot, first), at);
    at = this.raw(this.scopeHead, at);
    for (let i = first; i < next; i++) {
      const segment = this.plan.segment(i);
      const form = formOf(snapshot, segment);
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
    const { spec, isDelta } = formOf(snapshot, segment);
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
      if (spec.isInteger) {
        view.setUint32(valueAt, value >>> 0, true);
        view.setUint32(valueAt + 4, highHalf(value) >>> 0, true);
      } else view.setFloat64(valueAt, value, true);
      if (isDelta) this.writeStart(snapshot.startsMs[offset + i] as number, timeAt - FIXED64_FIELD_BYTES);
    }
  }

  private writeStart(startMs: number, at: number): void {
    const start = wallNs(startMs);
    this.view.setUint32(at, start.low, true);
    this.view.setUint32(at + 4, start.high, true);
  }

  private headOf(snapshot: Snapshot, first: number): Uint8Array {
    return (snapshot.parts[this.plan.segment(first).part] as Part).layout.head;
  }

  private open(field: number, sizeBytes: number, at: number): number {
    this.buffer[at] = field * 8 + WIRE_BYTES;
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

function formOf(snapshot: Snapshot, segment: Segment): MetricForm {
  return runOf((snapshot.parts[segment.part] as Part).layout, segment.run).form;
}

export function encodeScope(): Uint8Array {
  const writer = new WireWriter();
  const scope = writer.open(SCOPE_SCOPE);
  writer.string(1, 'sonde');
  writer.string(2, VERSION);
  writer.close(scope);
  return writer.take();
}

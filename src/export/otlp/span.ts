import type { Span } from '../../model/span.ts';
import { writeAttributes } from './attributes.ts';
import { wallNs } from './wall-time.ts';
import { WIRE_BYTES, WIRE_FIXED32, WIRE_VARINT, type WireWriter } from './wire.ts';

const SCOPE_SPANS_SPANS = 2;
const TRACE_ID = 1;
const SPAN_ID = 2;
const TRACE_STATE = 3;
const PARENT_SPAN_ID = 4;
const NAME = 5;
const KIND = 6;
const START = 7;
const END = 8;
const ATTRIBUTES = 9;
const STATUS = 15;
const FLAGS = 16;
const STATUS_MESSAGE = 2;
const STATUS_CODE = 3;
const STATUS_ERROR = 2;
const SPAN_KIND = { server: 2, client: 3 } as const;

/** W3C trace flags: sampled, and the trace id is random in all its last 56 bits. */
const FLAG_SAMPLED = 1;
const FLAG_RANDOM = 2;
/** It is known whether the parent is in another process, and it is. */
const FLAG_HAS_IS_REMOTE = 256;
const FLAG_IS_REMOTE = 512;

/** One span, as a field of its ScopeSpans. */
export function encodeSpan(span: Span, writer: WireWriter): Uint8Array {
  const start = writer.open(SCOPE_SPANS_SPANS);
  writeId(writer, TRACE_ID, span.traceId);
  writeId(writer, SPAN_ID, span.spanId);
  if (span.traceState !== '') writer.string(TRACE_STATE, span.traceState);
  if (span.parentSpanId !== undefined) writeId(writer, PARENT_SPAN_ID, span.parentSpanId);
  writer.string(NAME, span.name);
  writer.tag(KIND, WIRE_VARINT);
  writer.varint(SPAN_KIND[span.kind]);
  writeTime(writer, START, span.startMs);
  writeTime(writer, END, span.endMs);
  writeAttributes(writer, ATTRIBUTES, span.attributes);
  if (span.failure !== undefined) writeError(writer, span.failure);
  writer.tag(FLAGS, WIRE_FIXED32);
  writer.bareFixed32(
    FLAG_SAMPLED | FLAG_RANDOM | FLAG_HAS_IS_REMOTE | (span.parentSpanId === undefined ? 0 : FLAG_IS_REMOTE),
  );
  writer.close(start);
  return writer.take();
}

function writeId(writer: WireWriter, field: number, hex: string): void {
  const bytes = Buffer.from(hex, 'hex');
  writer.tag(field, WIRE_BYTES);
  writer.varint(bytes.length);
  writer.raw(bytes);
}

function writeTime(writer: WireWriter, field: number, wallMs: number): void {
  const { low, high } = wallNs(wallMs);
  writer.halves(field, low, high);
}

function writeError(writer: WireWriter, message: string): void {
  const status = writer.open(STATUS);
  writer.string(STATUS_MESSAGE, message);
  writer.tag(STATUS_CODE, WIRE_VARINT);
  writer.varint(STATUS_ERROR);
  writer.close(status);
}

import { TWO_POW_32 } from '../../units.ts';

/** Wire types of the protobuf encoding. */
export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

/** No UTF-16 unit becomes more than this many bytes of UTF-8. */
const MAX_BYTES_PER_CHAR = 3;
const MAX_VARINT_BYTES = 10;
/** Below this a length takes one byte. */
const SHORT_STRING_CHARS = 128;

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a non-negative whole number below 2^53; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest > 127) {
    bytes[to++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  bytes[to++] = rest;
  return to;
}

/** Upper half of a whole number's 64-bit two's complement; the lower is `value >>> 0`. */
export const highHalf = (value: number): number => Math.floor(value / TWO_POW_32);

/**
 * Grows as needed and is used again and again: what is kept of it is copied out by `take`. Messages are
 * written in one pass; their length is put in front when they close.
 */
export class WireWriter {
  bytes: Buffer;
  at = 0;

  constructor(capacityBytes = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** The bytes written so far, as a copy of their own; the writer starts anew. */
  take(): Buffer {
    const copy = Buffer.allocUnsafe(this.at);
    this.bytes.copy(copy, 0, 0, this.at);
    this.at = 0;
    return copy;
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  varint(value: number): void {
    this.reserve(MAX_VARINT_BYTES);
    if (value < 128) this.bytes[this.at++] = value;
    else this.at = writeVarint(this.bytes, this.at, value);
  }

  /** int64: negative numbers take all ten bytes. */
  int64(value: number): void {
    if (value >= 0 && value < Number.MAX_SAFE_INTEGER) {
      this.varint(value);
      return;
    }
    this.reserve(MAX_VARINT_BYTES);
    let low = value >>> 0;
    let high = highHalf(value) >>> 0;
    while (high > 0 || low > 127) {
      this.bytes[this.at++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bytes[this.at++] = low;
  }

  sint32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  fixed64(field: number, value: number): void {
    this.tag(field, WIRE_FIXED64);
    this.bareFixed64(value);
  }

  bareFixed32(value: number): void {
    this.reserve(4);
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  bareFixed64(value: number): void {
    this.bareHalves(value >>> 0, highHalf(value));
  }

  halves(field: number, low: number, high: number): void {
    this.tag(field, WIRE_FIXED64);
    this.bareHalves(low, high);
  }

  bareHalves(low: number, high: number): void {
    this.reserve(8);
    this.bytes.writeUInt32LE(low, this.at);
    this.bytes.writeUInt32LE(high >>> 0, this.at + 4);
    this.at += 8;
  }

  double(field: number, value: number): void {
    this.tag(field, WIRE_FIXED64);
    this.bareDouble(value);
  }

  bareDouble(value: number): void {
    this.reserve(8);
    this.bytes.writeDoubleLE(value, this.at);
    this.at += 8;
  }

  string(field: number, value: string): void {
    this.tag(field, WIRE_BYTES);
    if (value.length >= SHORT_STRING_CHARS || !this.shortAscii(value)) this.utf8(value);
  }

  /** Most strings are short and ASCII, and for those a call into the runtime costs more than the copy. */
  private shortAscii(value: string): boolean {
    this.reserve(SHORT_STRING_CHARS + 1);
    const { bytes, at } = this;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return false;
      bytes[at + 1 + i] = unit;
    }
    bytes[at] = value.length;
    this.at = at + 1 + value.length;
    return true;
  }

  /** Lone surrogates become U+FFFD: receivers refuse a whole request over one string that is not UTF-8. */
  private utf8(value: string): void {
    const most = value.length * MAX_BYTES_PER_CHAR;
    this.reserve(most + MAX_VARINT_BYTES);
    const lengthSize = varintSize(most);
    const size = this.bytes.write(value, this.at + lengthSize, 'utf8');
    const behind = writeVarint(this.bytes, this.at, size);
    if (behind < this.at + lengthSize) this.bytes.copyWithin(behind, this.at + lengthSize, this.at + lengthSize + size);
    this.at = behind + size;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Starts a nested message; `close` with what it returns ends it. */
  open(field: number): number {
    this.tag(field, WIRE_BYTES);
    this.reserve(1);
    this.at++;
    return this.at;
  }

  close(start: number): void {
    const size = this.at - start;
    if (size < 128) {
      this.bytes[start - 1] = size;
      return;
    }
    const extra = varintSize(size) - 1;
    this.reserve(extra);
    this.bytes.copyWithin(start + extra, start, this.at);
    writeVarint(this.bytes, start - 1, size);
    this.at += extra;
  }

  private reserve(sizeBytes: number): void {
    if (this.at + sizeBytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + sizeBytes));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

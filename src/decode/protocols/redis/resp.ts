import type { ByteStream } from '../../stream/byte-stream.ts';

/** Longest line, and longest short string that is read whole. */
export const LINE_LIMIT_BYTES = 4096;
/** The server's own limit. */
const BULK_LIMIT_BYTES = 512 * 1024 * 1024;
const ELEMENTS_LIMIT = 1024 * 1024 * 16;
const SHORT_BYTES = 64;
const CR = 13;

/**
 * Reads one RESP2 or RESP3 value after the other without keeping any: a count of values still to come
 * stands for all nesting. Kept are its type and the first short texts in it.
 */
export class RespReader {
  /** First byte of the value: `+`, `-`, `*`, … */
  type = '';
  /** Texts at its beginning: a request's words, an error's line. */
  readonly texts: string[] = [];
  #textLimit: number;
  elementCount = 0;
  startNs = 0;
  offsetBytes = 0;
  #openCount = 0;
  #isBegun = false;
  /** Values read at the top of an array, words of a command. */
  #seen = 0;

  constructor(textLimit: number) {
    this.#textLimit = textLimit;
  }

  read(stream: ByteStream): 'value' | 'more' | 'bad' {
    if (!this.#isBegun) {
      if (stream.at === stream.end) return 'more';
      this.#begin(stream);
    }
    while (this.#openCount > 0) {
      if (stream.isSkipping || stream.at === stream.end) return 'more';
      const { bytes } = stream;
      const end = bytes.indexOf(CR, stream.at);
      if (end < 0 || end + 1 >= stream.end) return stream.sizeBytes > LINE_LIMIT_BYTES ? 'bad' : 'more';
      if (bytes[end + 1] !== 10) return 'bad';
      const state = this.#line(stream, end);
      if (state !== undefined) return state;
    }
    if (stream.isSkipping) return 'more';
    this.#isBegun = false;
    return 'value';
  }

  #begin(stream: ByteStream): void {
    this.#isBegun = true;
    this.#openCount = 1;
    this.type = '';
    this.texts.length = 0;
    this.elementCount = 0;
    this.#seen = 0;
    this.startNs = stream.atNs;
    this.offsetBytes = stream.offsetBytes;
  }

  /** One line, and the short string it announces; undefined to go on. */
  #line(stream: ByteStream, end: number): 'more' | 'bad' | undefined {
    const { bytes, at } = stream;
    const type = bytes[at] ?? 0;
    switch (type) {
      case 0x2a: // *
      case 0x7e: // ~
      case 0x3e: // >
      case 0x25: // %
      case 0x7c: {
        // | : attributes stand before the value they belong to
        const count = integer(bytes, at + 1, end);
        if (count === undefined || count > ELEMENTS_LIMIT) return 'bad';
        const values = Math.max(0, count) * (type === 0x25 || type === 0x7c ? 2 : 1);
        this.#openCount += values - (type === 0x7c ? 0 : 1);
        if (type !== 0x7c) this.#noteType(type, count);
        break;
      }
      case 0x24: // $
      case 0x3d: // =
      case 0x21: {
        // !
        const sizeBytes = integer(bytes, at + 1, end);
        if (sizeBytes === undefined || sizeBytes > BULK_LIMIT_BYTES) return 'bad';
        const isWanted =
          sizeBytes >= 0 && sizeBytes <= SHORT_BYTES && this.texts.length < this.#textLimit && this.#seen < 4;
        if (isWanted) {
          if (stream.end < end + 2 + sizeBytes + 2) return 'more';
          this.texts.push(bytes.toString('latin1', end + 2, end + 2 + sizeBytes));
        }
        this.#noteType(type, 0);
        this.#seen += 1;
        this.#openCount -= 1;
        stream.at = end + 2;
        if (sizeBytes >= 0) stream.skip(sizeBytes + 2);
        return undefined;
      }
      case 0x2b: // +
      case 0x2d: // -
      case 0x3a: // :
      case 0x5f: // _
      case 0x23: // #
      case 0x2c: // ,
      case 0x28: // (
        if (this.texts.length < this.#textLimit && end - at <= SHORT_BYTES * 4)
          this.texts.push(bytes.toString('latin1', at + 1, end));
        this.#noteType(type, 0);
        this.#seen += 1;
        this.#openCount -= 1;
        break;
      default:
        return 'bad';
    }
    stream.at = end + 2;
    return undefined;
  }

  #noteType(type: number, count: number): void {
    if (this.type !== '') return;
    this.type = String.fromCharCode(type);
    this.elementCount = count;
  }
}

function integer(bytes: Buffer, from: number, to: number): number | undefined {
  if (bytes[from] === 0x2d) return to - from === 2 && bytes[from + 1] === 0x31 ? -1 : undefined;
  if (to === from || to - from > 10) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

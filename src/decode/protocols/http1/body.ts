import type { ByteStream } from '../../stream/byte-stream.ts';

/** Where a message's body ends (RFC 9112, 6.3). Bytes are passed over, never kept. */
export type BodyKind = 'length' | 'chunked' | 'until-close';

const CHUNK_LINE_LIMIT_BYTES = 1024;
const CHUNK_SIZE = /^([\da-f]{1,12})[\t ]*(?:;|$)/i;
const TRAILER_LIMIT_BYTES = 8192;

export class Body {
  readonly #kind: BodyKind;
  #step: 'size' | 'data' | 'trailer';

  constructor(kind: BodyKind, lengthBytes: number, stream: ByteStream) {
    this.#kind = kind;
    this.#step = kind === 'chunked' ? 'size' : 'data';
    if (kind === 'length') stream.skip(lengthBytes);
  }

  /** Whether the body is over; `bad` when its framing is broken. */
  read(stream: ByteStream): 'done' | 'more' | 'bad' {
    if (this.#kind === 'until-close') {
      stream.at = stream.end;
      return 'more';
    }
    if (this.#kind === 'length') return stream.isSkipping ? 'more' : 'done';
    while (!stream.isSkipping) {
      const end = stream.bytes.subarray(stream.at, stream.end).indexOf('\r\n');
      if (end < 0) return stream.sizeBytes > CHUNK_LINE_LIMIT_BYTES && this.#step === 'size' ? 'bad' : 'more';
      if (end > TRAILER_LIMIT_BYTES) return 'bad';
      const line = stream.bytes.toString('latin1', stream.at, stream.at + end);
      if (this.#step === 'trailer') {
        stream.at += end + 2;
        if (line === '') return 'done';
        continue;
      }
      const size = CHUNK_SIZE.exec(line)?.[1];
      if (size === undefined) return 'bad';
      const sizeBytes = Number.parseInt(size, 16);
      stream.at += end + 2;
      if (sizeBytes === 0) this.#step = 'trailer';
      else stream.skip(sizeBytes + 2);
    }
    return 'more';
  }
}

import type { ByteStream } from '../../stream/byte-stream.ts';

/** Bytes of a message that are read; what is longer is passed over. */
export const MESSAGE_KEPT_BYTES = 8192;
const MESSAGE_LIMIT_BYTES = 0x4000_0000;

export interface PgMessage {
  readonly type: string;
  /** The beginning of the payload. */
  readonly bytes: Buffer;
  readonly isCut: boolean;
  readonly startNs: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** The next whole message, of which long payloads are skipped; `wanted` says of which types the payload is read. */
export function nextMessage(stream: ByteStream, wanted: ReadonlySet<string>): PgMessage | 'more' | 'bad' {
  if (stream.isSkipping || stream.sizeBytes < 5) return 'more';
  const { bytes, at } = stream;
  const code = bytes[at] ?? 0;
  const lengthBytes = bytes.readUInt32BE(at + 1);
  if (lengthBytes < 4 || lengthBytes > MESSAGE_LIMIT_BYTES || code < 0x31 || code > 0x7a) return 'bad';
  const type = String.fromCharCode(code);
  const keptBytes = wanted.has(type) ? Math.min(lengthBytes - 4, MESSAGE_KEPT_BYTES) : 0;
  if (stream.sizeBytes < 5 + keptBytes) return 'more';
  const message: PgMessage = {
    type,
    bytes: bytes.subarray(at + 5, at + 5 + keptBytes),
    isCut: keptBytes < lengthBytes - 4,
    startNs: stream.atNs,
    offsetBytes: stream.offsetBytes,
    sizeBytes: 1 + lengthBytes,
  };
  stream.at += 5 + keptBytes;
  stream.skip(lengthBytes - 4 - keptBytes);
  return message;
}

/** NUL-terminated texts at the beginning of a payload. */
export function readTexts(bytes: Buffer, count: number): string[] {
  const texts: string[] = [];
  let at = 0;
  while (texts.length < count && at <= bytes.length) {
    const end = bytes.indexOf(0, at);
    texts.push(bytes.toString('utf8', at, end < 0 ? bytes.length : end));
    if (end < 0) break;
    at = end + 1;
  }
  return texts;
}

/** SQLSTATE, field C of an ErrorResponse. */
export function sqlStateOf(bytes: Buffer): string {
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const end = bytes.indexOf(0, at + 1);
    if (end < 0) break;
    const value = bytes.toString('latin1', at + 1, end);
    if (bytes[at] === 0x43 && /^[\dA-Z]{5}$/.test(value)) return value;
    at = end + 1;
  }
  return '_OTHER';
}

/** `database` and `user` of the start-up packet: the database is what is told. */
export function databaseOf(bytes: Buffer): string | undefined {
  const texts = readTexts(bytes, 64);
  let user: string | undefined;
  for (let index = 0; index + 1 < texts.length; index += 2) {
    if (texts[index] === 'database') return texts[index + 1];
    if (texts[index] === 'user') user = texts[index + 1];
  }
  return user;
}

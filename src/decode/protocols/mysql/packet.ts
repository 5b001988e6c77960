import type { ByteStream } from '../../stream/byte-stream.ts';

/** Bytes of a packet that are read; what is longer is passed over. */
export const PACKET_KEPT_BYTES = 8192;
export const PACKET_MOST_BYTES = 0xffffff;

export interface Packet {
  readonly sequence: number;
  /** The beginning of the payload. */
  readonly bytes: Buffer;
  readonly payloadBytes: number;
  readonly startNs: number;
  readonly offsetBytes: number;
}

export function nextPacket(stream: ByteStream): Packet | undefined {
  if (stream.isSkipping || stream.sizeBytes < 4) return undefined;
  const { bytes, at } = stream;
  const payloadBytes = bytes.readUIntLE(at, 3);
  const keptBytes = Math.min(payloadBytes, PACKET_KEPT_BYTES);
  if (stream.sizeBytes < 4 + keptBytes) return undefined;
  const packet: Packet = {
    sequence: bytes[at + 3] ?? 0,
    bytes: bytes.subarray(at + 4, at + 4 + keptBytes),
    payloadBytes,
    startNs: stream.atNs,
    offsetBytes: stream.offsetBytes,
  };
  stream.at += 4 + keptBytes;
  stream.skip(payloadBytes - keptBytes);
  return packet;
}

/** A length-encoded number and the bytes it takes; NULL and what is cut off count as zero. */
export function readLength(bytes: Buffer, at: number): { value: number; sizeBytes: number } {
  const first = bytes[at] ?? 0;
  if (first < 0xfb) return { value: first, sizeBytes: 1 };
  const sizeBytes = first === 0xfc ? 2 : first === 0xfd ? 3 : first === 0xfe ? 6 : 0;
  if (sizeBytes === 0 || at + 1 + sizeBytes > bytes.length) return { value: 0, sizeBytes: 1 };
  // Eight bytes, of which the upper two are never used.
  return { value: bytes.readUIntLE(at + 1, sizeBytes), sizeBytes: first === 0xfe ? 9 : 1 + sizeBytes };
}

/** The status flags at the end of a result: of an EOF packet (5 bytes) or an OK packet. */
export function statusFlags(bytes: Buffer): number {
  if (bytes[0] === 0xfe && bytes.length === 5) return bytes.readUInt16LE(3);
  let at = 1;
  at += readLength(bytes, at).sizeBytes;
  at += readLength(bytes, at).sizeBytes;
  return at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0;
}

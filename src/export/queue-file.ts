import { crc32 } from 'node:zlib';
import type { OtlpRequest } from './exporter.ts';

/**
 * A request on disk: 32 bytes of header, then the request as it is sent.
 * Header: magic, version, points, request's size (32 bits each), CRC-32 of the request, zeros.
 */
const MAGIC = 0x51444e53;
const VERSION = 1;
export const HEADER_BYTES = 32;

export function encodeQueueHeader({ bytes, points }: OtlpRequest): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(VERSION, 4);
  header.writeUInt32LE(points, 8);
  header.writeUInt32LE(bytes.length, 12);
  header.writeUInt32LE(crc32(bytes), 16);
  return header;
}

/** Undefined when it is not a file of ours, or was cut or changed. */
export function decodeQueueFile(file: Buffer): OtlpRequest | undefined {
  if (file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC || file.readUInt32LE(4) !== VERSION)
    return undefined;
  const bytes = file.subarray(HEADER_BYTES);
  if (bytes.length !== file.readUInt32LE(12) || crc32(bytes) !== file.readUInt32LE(16)) return undefined;
  return { bytes, points: file.readUInt32LE(8) };
}

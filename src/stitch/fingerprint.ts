import { createHash, type Hash } from 'node:crypto';
import type { Fingerprint } from '../model/flow.ts';

/**
 * Ids that both ends of a connection compute alike, with no message and no clock, and from which nobody
 * without the key finds the sequence numbers: BLAKE2b over (key, what for, client ISN, server ISN, …).
 */
export interface FingerprintIds {
  /** 128 bits in hex. */
  connectionId(fingerprint: Fingerprint): string;
  /**
   * 128 bits in hex. `offset`: of the request's first byte after the client's ISN, modulo 2^32; `streamId` where
   * requests are multiplexed, 0 otherwise.
   */
  traceId(fingerprint: Fingerprint, offset: number, streamId: number): string;
  /** 64 bits in hex; the client's is the parent of the server's. */
  spanId(fingerprint: Fingerprint, role: 'client' | 'server', offset: number, streamId: number): string;
}

export function createFingerprintIds(key: Uint8Array): FingerprintIds {
  // Keyed once: a copy of the state costs less than hashing the key again. A whole block, so that no input
  // can shift the boundary between key and data.
  const keyed = createHash('blake2b512');
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(key.subarray(0, BLOCK_BYTES));
  keyed.update(block);
  const input = Buffer.alloc(INPUT_BYTES);

  const hex = (
    purpose: number,
    fingerprint: Fingerprint,
    offset: number,
    streamId: number,
    sizeBytes: number,
  ): string => {
    input.writeUInt32LE(purpose, 0);
    input.writeUInt32LE(fingerprint.clientIsn >>> 0, 4);
    input.writeUInt32LE(fingerprint.serverIsn >>> 0, 8);
    input.writeUInt32LE(offset >>> 0, 12);
    input.writeUInt32LE(streamId >>> 0, 16);
    const hash: Hash = keyed.copy();
    return hash.update(input).digest().toString('hex', 0, sizeBytes);
  };

  return {
    connectionId: (fingerprint) => hex(PURPOSE.connection, fingerprint, 0, 0, 16),
    traceId: (fingerprint, offset, streamId) => hex(PURPOSE.trace, fingerprint, offset, streamId, 16),
    spanId: (fingerprint, role, offset, streamId) =>
      hex(role === 'client' ? PURPOSE.clientSpan : PURPOSE.serverSpan, fingerprint, offset, streamId, 8),
  };
}

const BLOCK_BYTES = 128;
const INPUT_BYTES = 20;
const PURPOSE = { connection: 1, trace: 2, clientSpan: 3, serverSpan: 4 };

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeCapture } from '../../../../src/decode/capture/decode-capture.ts';
import type { CaptureSummary } from '../../../../src/decode/capture/summary.ts';
import { PROTOCOLS } from '../../../../src/decode/protocols/registry.ts';
import type { Exchange } from '../../../../src/model/exchange.ts';

/** A small generator: takes a recording's frames, and writes them as other captures would show them. */
export interface Frame {
  readonly timeS: number;
  readonly timeUs: number;
  readonly bytes: Buffer;
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-capture-'));
let count = 0;

export function readFrames(path: string): Frame[] {
  const file = readFileSync(path);
  const frames: Frame[] = [];
  for (let at = 24; at < file.length; ) {
    const sizeBytes = file.readUInt32LE(at + 8);
    frames.push({
      timeS: file.readUInt32LE(at),
      timeUs: file.readUInt32LE(at + 4),
      bytes: file.subarray(at + 16, at + 16 + sizeBytes),
    });
    at += 16 + sizeBytes;
  }
  return frames;
}

export function pcap(frames: readonly Frame[], linkType = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  const records = frames.flatMap(({ timeS, timeUs, bytes }) => {
    const record = Buffer.alloc(16);
    for (const [index, value] of [timeS, timeUs, bytes.length, bytes.length].entries())
      record.writeUInt32LE(value, index * 4);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}

/** Big-endian, with nanoseconds, so that both orders and both resolutions are tried. */
export function pcapng(frames: readonly Frame[]): Buffer {
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const out = Buffer.alloc(padded.length + 12);
    out.writeUInt32BE(type, 0);
    out.writeUInt32BE(out.length, 4);
    padded.copy(out, 8);
    out.writeUInt32BE(out.length, out.length - 4);
    return out;
  };
  const section = Buffer.from('1a2b3c4d00010000ffffffffffffffff', 'hex');
  const face = Buffer.from('0001000000040000000900010900000000000000', 'hex');
  const packets = frames.map(({ timeS, timeUs, bytes }) => {
    const timeNs = BigInt(timeS) * 1_000_000_000n + BigInt(timeUs) * 1000n;
    const head = Buffer.alloc(20);
    head.writeBigUInt64BE(timeNs, 4);
    head.writeUInt32BE(bytes.length, 12);
    head.writeUInt32BE(bytes.length, 16);
    return block(6, Buffer.concat([head, bytes]));
  });
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, face), block(5, Buffer.alloc(12)), ...packets]);
}

export function decodeBytes(bytes: Buffer): { exchanges: Exchange[]; summary: CaptureSummary } {
  const path = join(folder, `${count++ % 8}.pcap`);
  writeFileSync(path, bytes);
  const exchanges: Exchange[] = [];
  const summary = decodeCapture(path, PROTOCOLS, (exchange) => exchanges.push(exchange));
  return { exchanges, summary };
}

/** What must not change however the packets came. */
export const tellOf = (exchanges: readonly Exchange[]): string[] =>
  exchanges.map(({ startNs: _start, endNs: _end, ...rest }) => JSON.stringify(rest)).toSorted();

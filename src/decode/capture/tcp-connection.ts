import type { MissedReason } from '../../model/exchange.ts';
import type { ConnectionDecoder, Side } from '../stream/connection-decoder.ts';
import { TcpHalf } from './tcp-half.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

export interface TcpSegment {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** What was captured, and what there was. */
  readonly bytes: Buffer;
  readonly sizeBytes: number;
}

export function readTcp(bytes: Buffer, packetBytes: number): (TcpSegment & { ports: [number, number] }) | undefined {
  if (bytes.length < 20) return undefined;
  const headerBytes = ((bytes[12] ?? 0) >> 4) * 4;
  if (headerBytes < 20 || headerBytes > packetBytes) return undefined;
  return {
    ports: [bytes.readUInt16BE(0), bytes.readUInt16BE(2)],
    seq: bytes.readUInt32BE(4),
    ack: bytes.readUInt32BE(8),
    flags: bytes[13] ?? 0,
    bytes: bytes.subarray(Math.min(headerBytes, bytes.length)),
    sizeBytes: packetBytes - headerBytes,
  };
}

/** Two halves and their end. */
export class TcpConnection {
  readonly decoder: ConnectionDecoder;
  readonly #halves: Record<Side, TcpHalf>;
  readonly #isOver: Record<Side, boolean> = { a: false, b: false };
  readonly #firstSeqs: Record<Side, number | undefined> = { a: undefined, b: undefined };

  constructor(decoder: ConnectionDecoder) {
    this.decoder = decoder;
    const half = (side: Side): TcpHalf =>
      new TcpHalf({
        data: (bytes, timeNs) => decoder.push(side, bytes, timeNs),
        gap: (sizeBytes, timeNs) => decoder.gap(side, sizeBytes, timeNs),
      });
    this.#halves = { a: half('a'), b: half('b') };
  }

  get isOver(): boolean {
    return this.#isOver.a && this.#isOver.b;
  }

  /** Whether this SYN opens another connection between the same ports. */
  isAnother(side: Side, seq: number): boolean {
    const first = this.#firstSeqs[side];
    return first !== undefined ? first !== seq : this.isOver;
  }

  segment(side: Side, segment: TcpSegment, timeNs: number): void {
    const half = this.#halves[side];
    const { seq, flags } = segment;
    if (flags & SYN) {
      this.#firstSeqs[side] ??= seq;
      half.begin((seq + 1) >>> 0);
    } else half.begin(seq);
    if (segment.sizeBytes > 0)
      half.segment(flags & SYN ? (seq + 1) >>> 0 : seq, segment.bytes, segment.sizeBytes, timeNs);
    if (flags & ACK) {
      const other = this.#halves[side === 'a' ? 'b' : 'a'];
      // Where the other direction stands, should its own beginning not have been seen.
      other.begin(segment.ack);
      other.acknowledged(segment.ack);
    }
    if (flags & RST) this.#isOver.a = this.#isOver.b = true;
    else if (flags & FIN) this.#isOver[side] = true;
  }

  /** Whether segments wait for one that may still come. */
  get isWaiting(): boolean {
    return this.#halves.a.hasHeld || this.#halves.b.hasHeld;
  }

  close(reason: MissedReason, timeNs: number): void {
    this.#halves.a.close();
    this.#halves.b.close();
    this.decoder.close(reason, timeNs);
  }
}

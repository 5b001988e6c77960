/** What one direction of a connection gives on: bytes in order, and where some are missing for good. */
export interface HalfSink {
  data(bytes: Buffer, timeNs: number): void;
  gap(sizeBytes: number, timeNs: number): void;
}

interface Segment {
  readonly offsetBytes: number;
  readonly bytes: Buffer;
  /** More than was captured when the snap length cut it. */
  readonly sizeBytes: number;
  readonly timeNs: number;
}

const HELD_LIMIT = 256;
const HELD_LIMIT_BYTES = 512 * 1024;
/** A receiver's acknowledgement proves that bytes arrived; captures may still show them a few packets later. */
const PATIENCE_PACKETS = 32;
/** Beyond any window: not this connection's. */
const WINDOW_LIMIT_BYTES = 0x4000_0000;

/** Puts one direction's segments in order. Offsets count from the first byte, so the sequence may wrap. */
export class TcpHalf {
  readonly #sink: HalfSink;
  #nextSeq: number | undefined;
  #nextOffsetBytes = 0;
  #held: Segment[] = [];
  #heldBytes = 0;
  #lastNs = 0;
  #patience = PATIENCE_PACKETS;
  #ackedBytes = 0;

  constructor(sink: HalfSink) {
    this.#sink = sink;
  }

  get hasHeld(): boolean {
    return this.#held.length > 0;
  }

  /** The first sequence number of data is known. */
  begin(seq: number): void {
    this.#nextSeq ??= seq >>> 0;
  }

  segment(seq: number, bytes: Buffer, sizeBytes: number, timeNs: number): void {
    this.#nextSeq ??= seq;
    const offsetBytes = this.#nextOffsetBytes + ((seq - this.#nextSeq) | 0);
    const endBytes = offsetBytes + sizeBytes;
    if (endBytes <= this.#nextOffsetBytes || Math.abs(offsetBytes - this.#nextOffsetBytes) > WINDOW_LIMIT_BYTES) return;
    if (offsetBytes <= this.#nextOffsetBytes) {
      this.#deliver({ offsetBytes, bytes, sizeBytes, timeNs });
      this.#release(timeNs);
      return;
    }
    this.#hold({ offsetBytes, bytes: Buffer.from(bytes), sizeBytes, timeNs });
    if (this.#held.length > HELD_LIMIT || this.#heldBytes > HELD_LIMIT_BYTES) this.#giveUp();
  }

  /** The other end has everything before this number. */
  acknowledged(seq: number): void {
    if (this.#nextSeq === undefined || this.#held.length === 0) return;
    this.#ackedBytes = Math.max(this.#ackedBytes, this.#nextOffsetBytes + ((seq - this.#nextSeq) | 0));
    const first = this.#held[0];
    if (!first || this.#ackedBytes < first.offsetBytes) return;
    this.#patience -= 1;
    if (this.#patience <= 0) this.#giveUp();
  }

  /** The capture or the connection is over: what is missing will not come. */
  close(): void {
    while (this.#held.length > 0) this.#giveUp();
  }

  #hold(segment: Segment): void {
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.offsetBytes ?? 0) > segment.offsetBytes) at -= 1;
    const before = this.#held[at - 1];
    if (before && before.offsetBytes === segment.offsetBytes && before.sizeBytes >= segment.sizeBytes) return;
    this.#held.splice(at, 0, segment);
    this.#heldBytes += segment.bytes.length;
  }

  #release(timeNs: number): void {
    let count = 0;
    for (const segment of this.#held) {
      if (segment.offsetBytes > this.#nextOffsetBytes) break;
      count += 1;
      this.#heldBytes -= segment.bytes.length;
      // What waited for a hole is there for its reader when the hole is filled.
      this.#deliver({ ...segment, timeNs: Math.max(segment.timeNs, timeNs) });
    }
    if (count === 0) return;
    this.#held.splice(0, count);
    this.#patience = PATIENCE_PACKETS;
  }

  /** The bytes before the first held segment are lost. */
  #giveUp(): void {
    const first = this.#held[0];
    if (!first) return;
    const sizeBytes = first.offsetBytes - this.#nextOffsetBytes;
    if (sizeBytes > 0) {
      this.#advance(sizeBytes);
      this.#sink.gap(sizeBytes, Math.max(this.#lastNs, first.timeNs));
    }
    this.#release(first.timeNs);
  }

  #deliver(segment: Segment): void {
    const seenBytes = this.#nextOffsetBytes - segment.offsetBytes;
    const newBytes = segment.sizeBytes - seenBytes;
    if (newBytes <= 0) return;
    const timeNs = Math.max(this.#lastNs, segment.timeNs);
    this.#lastNs = timeNs;
    const fresh = segment.bytes.subarray(Math.max(0, seenBytes));
    this.#advance(newBytes);
    if (fresh.length > 0) this.#sink.data(fresh, timeNs);
    if (fresh.length < newBytes) this.#sink.gap(newBytes - fresh.length, timeNs);
  }

  #advance(sizeBytes: number): void {
    this.#nextOffsetBytes += sizeBytes;
    this.#nextSeq = ((this.#nextSeq ?? 0) + sizeBytes) >>> 0;
  }
}

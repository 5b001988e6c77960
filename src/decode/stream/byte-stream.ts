/**
 * One direction of a connection: the bytes not yet parsed, and where and when they were seen. A chunk is
 * read in place; only what a parser leaves over is copied, up to the limit.
 */
const NO_BYTES: Buffer = Buffer.alloc(0);
const FIRST_CAPACITY_BYTES = 512;

export class ByteStream {
  /** Unparsed are `bytes[at]` to `bytes[end - 1]`. Parsers move `at`. */
  bytes: Buffer = NO_BYTES;
  at = 0;
  end = 0;
  /** When the newest chunk was seen. */
  nowNs = 0;
  #own: Buffer = NO_BYTES;
  /** The bytes before this index came with earlier chunks, the first of them at `#heldNs`. */
  #heldEnd = 0;
  #heldNs = 0;
  #baseBytes = 0;
  #skipBytes = 0;

  /** Where `at` lies in the direction. */
  get offsetBytes(): number {
    return this.#baseBytes + this.at;
  }

  /** When the byte at `at` was seen: a parser consumes all it can, so only the newest chunk starts messages. */
  get atNs(): number {
    return this.at < this.#heldEnd ? this.#heldNs : this.nowNs;
  }

  get sizeBytes(): number {
    return this.end - this.at;
  }

  get isSkipping(): boolean {
    return this.#skipBytes > 0;
  }

  push(chunk: Buffer, timeNs: number): void {
    if (this.at === this.end) {
      this.#baseBytes += this.end;
      this.bytes = chunk;
      this.at = 0;
      this.end = chunk.length;
      this.#heldEnd = 0;
    } else {
      this.#reserve(this.end + chunk.length);
      chunk.copy(this.#own, this.end);
      this.bytes = this.#own;
      this.#heldEnd = this.end;
      this.end += chunk.length;
    }
    this.nowNs = timeNs;
    this.#consumeSkipped();
  }

  /** Passes over bytes that need not be read, now and as they come. */
  skip(sizeBytes: number): void {
    this.#skipBytes += sizeBytes;
    this.#consumeSkipped();
  }

  /** Lost bytes; true when they lie in what is skipped anyway. */
  absorbGap(sizeBytes: number, timeNs: number): boolean {
    const isAbsorbed = this.at === this.end && sizeBytes <= this.#skipBytes;
    if (isAbsorbed) this.#skipBytes -= sizeBytes;
    else {
      this.#skipBytes = 0;
      this.at = this.end;
    }
    this.#baseBytes += sizeBytes;
    this.nowNs = timeNs;
    return isAbsorbed;
  }

  /** Drops what is unparsed. */
  clear(): void {
    this.at = this.end;
    this.#skipBytes = 0;
  }

  /** Hands the unparsed bytes to another reader; they count again when they are pushed again. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.bytes.subarray(this.at, this.end));
    this.end = this.at;
    this.#skipBytes = 0;
    return rest;
  }

  /** After parsing: takes over what is left of the chunk. False when that is more than the limit. */
  hold(limitBytes: number): boolean {
    const sizeBytes = this.end - this.at;
    if (sizeBytes === 0) {
      if (this.bytes !== NO_BYTES) {
        this.#baseBytes += this.end;
        this.bytes = NO_BYTES;
        this.at = 0;
        this.end = 0;
      }
      if (this.#own.length > FIRST_CAPACITY_BYTES) this.#own = NO_BYTES;
      return true;
    }
    if (sizeBytes > limitBytes) return false;
    const heldNs = this.atNs;
    if (this.bytes !== this.#own || this.at > 0) {
      const left = this.bytes.subarray(this.at, this.end);
      if (this.#own.length < sizeBytes) this.#own = Buffer.allocUnsafeSlow(capacityFor(sizeBytes));
      left.copy(this.#own, 0);
      this.#baseBytes += this.at;
      this.bytes = this.#own;
      this.at = 0;
      this.end = sizeBytes;
    }
    this.#heldNs = heldNs;
    this.#heldEnd = this.end;
    return true;
  }

  #reserve(sizeBytes: number): void {
    if (this.#own.length >= sizeBytes) return;
    const larger = Buffer.allocUnsafeSlow(capacityFor(sizeBytes));
    this.bytes.copy(larger, 0, 0, this.end);
    this.#own = larger;
  }

  #consumeSkipped(): void {
    if (this.#skipBytes === 0) return;
    const sizeBytes = Math.min(this.#skipBytes, this.end - this.at);
    this.#skipBytes -= sizeBytes;
    this.at += sizeBytes;
  }
}

function capacityFor(sizeBytes: number): number {
  let capacityBytes = FIRST_CAPACITY_BYTES;
  while (capacityBytes < sizeBytes) capacityBytes *= 2;
  return capacityBytes;
}

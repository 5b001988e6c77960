import { type Packet, readLength, statusFlags } from './packet.ts';

const MORE_RESULTS = 0x8;
const CURSOR_EXISTS = 0x40;
const EOF_BYTES = 5;
const SINGLE: ReadonlySet<number> = new Set([2, 9, 12, 14, 26, 27, 31]);
const CHANGE_USER = 17;
const PREPARE = 22;
const ROWS_ONLY: ReadonlySet<number> = new Set([4, 28]);
/** MariaDB tells of progress in packets that look like errors. */
const PROGRESS = 0xffff;

/**
 * Follows one answer to its end without keeping rows. Whether columns end with an EOF packet depends on
 * what was settled at login; its length tells it from the OK packet that ends rows, so no login is needed.
 */
export class ResultReader {
  errorType: string | undefined;
  /** Of a statement that was prepared. */
  statementId: number | undefined;
  #code = 0;
  #phase: 'head' | 'columns' | 'rows' | 'definitions' = 'head';
  #leftCount = 0;
  #isAfterColumns = false;

  begin(code: number): void {
    this.#code = code;
    this.errorType = undefined;
    this.statementId = undefined;
    this.#phase = ROWS_ONLY.has(code) ? 'rows' : 'head';
    this.#isAfterColumns = false;
  }

  /** Whether this packet ends the answer. */
  read(packet: Packet): boolean {
    const { bytes, payloadBytes } = packet;
    const first = bytes[0] ?? 0;
    if (first === 0xff && this.#phase !== 'columns') {
      const code = bytes.length >= 3 ? bytes.readUInt16LE(1) : 0;
      if (code === PROGRESS) return false;
      this.errorType = String(code);
      return true;
    }
    switch (this.#phase) {
      case 'head':
        return this.#head(first, packet);
      case 'columns':
        this.#leftCount -= 1;
        if (this.#leftCount <= 0) {
          this.#phase = 'rows';
          this.#isAfterColumns = true;
        }
        return false;
      case 'definitions':
        if (first !== 0xfe || payloadBytes !== EOF_BYTES) this.#leftCount -= 1;
        return this.#leftCount <= 0;
      case 'rows':
        return this.#row(first, packet);
    }
  }

  #head(first: number, { bytes, payloadBytes }: Packet): boolean {
    if (SINGLE.has(this.#code)) return true;
    if (this.#code === CHANGE_USER) return first === 0;
    if (this.#code === PREPARE) {
      if (first !== 0 || bytes.length < 9) return true;
      this.statementId = bytes.readUInt32LE(1);
      this.#leftCount = bytes.readUInt16LE(5) + bytes.readUInt16LE(7);
      this.#phase = 'definitions';
      return this.#leftCount === 0;
    }
    if (first === 0) return (statusFlags(bytes) & MORE_RESULTS) === 0;
    // The server asks for a file: its own answer follows.
    if (first === 0xfb) return false;
    const { value, sizeBytes } = readLength(bytes, 0);
    // MariaDB leaves out columns that the client knows, and says so in a further byte.
    const isKnown = payloadBytes > sizeBytes && bytes[sizeBytes] === 0;
    this.#leftCount = value;
    this.#phase = isKnown ? 'rows' : 'columns';
    this.#isAfterColumns = isKnown;
    return false;
  }

  #row(first: number, { bytes, payloadBytes }: Packet): boolean {
    const isAfterColumns = this.#isAfterColumns;
    this.#isAfterColumns = false;
    if (first !== 0xfe || payloadBytes > bytes.length) return false;
    const flags = statusFlags(bytes);
    if (isAfterColumns && payloadBytes === EOF_BYTES) return (flags & CURSOR_EXISTS) !== 0;
    if ((flags & MORE_RESULTS) === 0) return true;
    this.#phase = 'head';
    return false;
  }
}

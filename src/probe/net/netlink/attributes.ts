import { formatIp } from '../../../model/ip.ts';

/**
 * Reads netlink's type-length-value attributes without trusting a length: what does not fit ends the
 * reading. Both byte orders occur: rtnetlink's numbers are the machine's (little-endian on what sonde
 * runs on), nfnetlink's the network's.
 */
export class Attributes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Attribute type → offset of its value; the last one of a type counts. */
  readonly #at = new Map<number, number>();
  readonly #size = new Map<number, number>();

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = from; at + 4 <= to; ) {
      const sizeBytes = this.#view.getUint16(at, true);
      if (sizeBytes < 4 || at + sizeBytes > to) return;
      const type = this.#view.getUint16(at + 2, true) & NLA_TYPE_MASK;
      this.#at.set(type, at + 4);
      this.#size.set(type, sizeBytes - 4);
      at += (sizeBytes + 3) & ~3;
    }
  }

  has(type: number): boolean {
    return this.#at.has(type);
  }

  u8(type: number): number | undefined {
    const at = this.#find(type, 1);
    return at === undefined ? undefined : this.#bytes[at];
  }

  u16be(type: number): number | undefined {
    const at = this.#find(type, 2);
    return at === undefined ? undefined : this.#view.getUint16(at, false);
  }

  u16(type: number): number | undefined {
    const at = this.#find(type, 2);
    return at === undefined ? undefined : this.#view.getUint16(at, true);
  }

  u32(type: number): number | undefined {
    const at = this.#find(type, 4);
    return at === undefined ? undefined : this.#view.getUint32(at, true);
  }

  i32(type: number): number | undefined {
    const at = this.#find(type, 4);
    return at === undefined ? undefined : this.#view.getInt32(at, true);
  }

  /** Canonical address of 4 or 16 bytes. */
  ip(type: number): string | undefined {
    const at = this.#find(type, 4);
    if (at === undefined) return undefined;
    return formatIp(this.#bytes, at, this.#size.get(type) ?? 0) || undefined;
  }

  /** The address after the first `skipBytes` of the value. */
  ipAfter(type: number, skipBytes: number): string | undefined {
    const at = this.#find(type, skipBytes + 4);
    if (at === undefined) return undefined;
    return formatIp(this.#bytes, at + skipBytes, (this.#size.get(type) ?? 0) - skipBytes) || undefined;
  }

  mac(type: number): string | undefined {
    const at = this.#find(type, 6);
    if (at === undefined) return undefined;
    return Buffer.from(this.#bytes.subarray(at, at + 6))
      .toString('hex')
      .replace(/(..)(?!$)/g, '$1:');
  }

  text(type: number): string | undefined {
    const at = this.#find(type, 1);
    if (at === undefined) return undefined;
    const bytes = this.#bytes.subarray(at, at + (this.#size.get(type) ?? 0));
    const end = bytes.indexOf(0);
    return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString();
  }

  nested(type: number): Attributes | undefined {
    const at = this.#at.get(type);
    return at === undefined ? undefined : new Attributes(this.#bytes, at, at + (this.#size.get(type) ?? 0));
  }

  /** Start and end of the value. */
  range(type: number): readonly [number, number] | undefined {
    const at = this.#at.get(type);
    return at === undefined ? undefined : [at, at + (this.#size.get(type) ?? 0)];
  }

  #find(type: number, minBytes: number): number | undefined {
    const at = this.#at.get(type);
    return at === undefined || (this.#size.get(type) ?? 0) < minBytes ? undefined : at;
  }
}

/** Without the flags "nested" and "network byte order". */
const NLA_TYPE_MASK = 0x3fff;

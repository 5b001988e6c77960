import type { IpPayload } from './ip.ts';

const PACKET_LIMIT = 256;
const PIECE_LIMIT = 64;
const SIZE_LIMIT_BYTES = 65_535;
const LIFE_NS = 30e9;

interface Partial {
  readonly startNs: number;
  readonly pieces: { offsetBytes: number; bytes: Buffer }[];
  totalBytes: number | undefined;
}

/** Puts fragments together. Bounded in packets, pieces, bytes and time; overlapping pieces (an attack) end the packet. */
export class Fragments {
  readonly #partials = new Map<string, Partial>();
  /** Packets given up. */
  lostCount = 0;

  add(payload: IpPayload, timeNs: number): IpPayload | undefined {
    const { fragment, bytes } = payload;
    if (!fragment) return payload;
    const key = `${payload.source} ${payload.destination} ${payload.protocol} ${fragment.id}`;
    let partial = this.#partials.get(key);
    if (partial && timeNs - partial.startNs > LIFE_NS) {
      this.#drop(key);
      partial = undefined;
    }
    if (!partial) {
      this.#makeRoom();
      partial = { startNs: timeNs, pieces: [], totalBytes: undefined };
      this.#partials.set(key, partial);
    }
    const end = fragment.offsetBytes + bytes.length;
    const { pieces } = partial;
    const isSeen = pieces.some((piece) => piece.offsetBytes === fragment.offsetBytes && piece.bytes.equals(bytes));
    if (isSeen) return undefined;
    const isBad =
      bytes.length !== payload.sizeBytes ||
      end > SIZE_LIMIT_BYTES ||
      pieces.length >= PIECE_LIMIT ||
      pieces.some((piece) => piece.offsetBytes < end && fragment.offsetBytes < piece.offsetBytes + piece.bytes.length);
    if (isBad) {
      this.#drop(key);
      return undefined;
    }
    pieces.push({ offsetBytes: fragment.offsetBytes, bytes: Buffer.from(bytes) });
    if (fragment.isLast) partial.totalBytes = end;
    const heldBytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
    if (heldBytes !== partial.totalBytes) return undefined;
    this.#partials.delete(key);
    const whole = Buffer.concat(
      pieces.toSorted((left, right) => left.offsetBytes - right.offsetBytes).map((piece) => piece.bytes),
    );
    return { ...payload, bytes: whole, sizeBytes: whole.length, fragment: undefined };
  }

  /** At the end of the capture: what is not whole is lost. */
  close(): void {
    this.lostCount += this.#partials.size;
    this.#partials.clear();
  }

  #drop(key: string): void {
    this.#partials.delete(key);
    this.lostCount += 1;
  }

  #makeRoom(): void {
    if (this.#partials.size < PACKET_LIMIT) return;
    for (const oldest of this.#partials.keys()) {
      this.#drop(oldest);
      return;
    }
  }
}

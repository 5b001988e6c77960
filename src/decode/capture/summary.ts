import type { MissedReason } from '../../model/exchange.ts';

/** Traffic that no protocol claimed, by transport and server port. */
export interface UnknownTraffic {
  readonly transport: string;
  readonly serverPort: number;
  connectionCount: number;
  sizeBytes: number;
}

export interface MissedCount {
  readonly protocol: string;
  readonly reason: MissedReason;
  count: number;
}

const UNKNOWN_LIMIT = 1000;

/** What a capture held besides its exchanges. */
export class CaptureSummary {
  packetCount = 0;
  /** Frames that carry no TCP and no UDP, or whose headers are broken. */
  otherPacketCount = 0;
  lostFragmentCount = 0;
  exchangeCount = 0;
  connectionCount = 0;
  /** Connections of ports beyond the list's bound. */
  unlistedCount = 0;
  readonly #unknown = new Map<string, UnknownTraffic>();
  readonly #missed = new Map<string, MissedCount>();

  get unknown(): readonly UnknownTraffic[] {
    return [...this.#unknown.values()].toSorted((left, right) => right.sizeBytes - left.sizeBytes);
  }

  get missed(): readonly MissedCount[] {
    return [...this.#missed.values()];
  }

  noteUnknown(transport: string, serverPort: number, sizeBytes: number): void {
    const key = `${transport} ${serverPort}`;
    let row = this.#unknown.get(key);
    if (!row) {
      if (this.#unknown.size >= UNKNOWN_LIMIT) {
        this.unlistedCount += 1;
        return;
      }
      row = { transport, serverPort, connectionCount: 0, sizeBytes: 0 };
      this.#unknown.set(key, row);
    }
    row.connectionCount += 1;
    row.sizeBytes += sizeBytes;
  }

  noteMissed(protocol: string | undefined, reason: MissedReason): void {
    const key = `${protocol} ${reason}`;
    const row = this.#missed.get(key);
    if (row) row.count += 1;
    else this.#missed.set(key, { protocol: protocol ?? 'unknown', reason, count: 1 });
  }
}

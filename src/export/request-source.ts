import type { Ledger } from '../self/ledger.ts';
import type { OtlpRequest } from './exporter.ts';
import type { Cursor } from './otlp/request-plan.ts';
import { RequestWriter } from './otlp/request-writer.ts';
import type { Snapshot } from './otlp/snapshot.ts';

/** Snapshots that wait in memory while a request is under way: eight bytes a point. */
const MAX_WAITING_POINTS = 1_000_000;
const MAX_WAITING_SNAPSHOTS = 100;
/** Receivers refuse what is over 4 MiB as a whole; a little is left for what wraps a request. */
const REQUEST_LIMIT_BYTES = 4 * 1024 * 1024 - 4096;
const SMALLEST_LIMIT_BYTES = 64 * 1024;

interface Waiting {
  readonly snapshot: Snapshot;
  readonly cursor: Cursor;
  remainingPoints: number;
}

/** Snapshots in, requests out, in order; only one request exists at a time. */
export class RequestSource {
  private readonly writer: RequestWriter;
  private readonly ledger: Ledger;
  private readonly waiting: Waiting[] = [];
  private waitingPoints = 0;
  private limitBytes = REQUEST_LIMIT_BYTES;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.writer = new RequestWriter(ledger);
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  push(snapshot: Snapshot): void {
    this.waiting.push({ snapshot, cursor: { part: 0, run: 0, point: 0 }, remainingPoints: snapshot.points });
    this.waitingPoints += snapshot.points;
    while (
      this.waiting.length > 1 &&
      (this.waitingPoints > MAX_WAITING_POINTS || this.waiting.length > MAX_WAITING_SNAPSHOTS)
    )
      this.ledger.count('export', 'dropped', 'behind', this.forgetFirst());
  }

  /** The next request, on a buffer that the following call uses again. */
  next(): OtlpRequest | undefined {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const request = this.writer.next(first.snapshot, first.cursor, this.limitBytes);
      if (request) {
        first.remainingPoints -= request.points;
        this.waitingPoints -= request.points;
        return request;
      }
      this.forgetFirst();
    }
    return undefined;
  }

  /** The receiver's limit is lower than it should be: the next requests are half as large as the refused one. */
  makeSmaller(refusedBytes: number): void {
    this.limitBytes = Math.max(SMALLEST_LIMIT_BYTES, Math.min(this.limitBytes, Math.floor(refusedBytes / 2)));
  }

  private forgetFirst(): number {
    const remaining = this.waiting.shift()?.remainingPoints ?? 0;
    this.waitingPoints -= remaining;
    return remaining;
  }
}

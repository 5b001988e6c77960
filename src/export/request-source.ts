import type { Ledger } from '../self/ledger.ts';
import type { Source } from './delivery.ts';
import type { OtlpRequest } from './exporter.ts';
import type { Cursor } from './otlp/request-plan.ts';
import { RequestWriter } from './otlp/request-writer.ts';
import type { Snapshot } from './otlp/snapshot.ts';
import { REQUEST_LIMIT_BYTES, smallerLimit } from './request-limit.ts';

/** Snapshots that wait in memory while a request is under way: eight bytes a point. */
const MAX_WAITING_POINTS = 1_000_000;
const MAX_WAITING_SNAPSHOTS = 100;

interface Waiting {
  readonly snapshot: Snapshot;
  readonly cursor: Cursor;
  remainingPoints: number;
}

/** Snapshots in, requests out, in order; only one request exists at a time. */
export class RequestSource implements Source<Snapshot> {
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

  makeSmaller(refusedBytes: number): void {
    this.limitBytes = smallerLimit(this.limitBytes, refusedBytes);
  }

  private forgetFirst(): number {
    const remaining = this.waiting.shift()?.remainingPoints ?? 0;
    this.waitingPoints -= remaining;
    return remaining;
  }
}

import { RequestWriter } from '../../../src/export/otlp/request-writer.ts';
import { SnapshotTaker } from '../../../src/export/otlp/snapshot.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { makeBatch } from './workload.ts';

/** `node encode-child.ts <points>`: our encoder without the network; prints CPU of its two steps. */
export interface EncodeMeasurement {
  /** Within `push`: what the event loop is held for. */
  readonly takeMs: number;
  readonly makeMs: number;
  /** Both steps of the first flush: every attribute is encoded. */
  readonly firstMs: number;
  readonly sizeBytes: number;
  readonly requests: number;
}

const LIMIT_BYTES = 4 * 1024 * 1024 - 4096;
const ROUNDS = 18;
const { batch, grow } = makeBatch(Number(process.argv[2]));
const taker = new SnapshotTaker('cumulative', createLedger());
const writer = new RequestWriter(createLedger());
const takes: number[] = [];
const makes: number[] = [];
let sizeBytes = 0;
let requests = 0;
for (let i = 0; i < ROUNDS; i++) {
  grow();
  const startMs = performance.now();
  const snapshot = taker.take(batch);
  const takenMs = performance.now();
  const cursor = { part: 0, run: 0, point: 0 };
  sizeBytes = 0;
  requests = 0;
  for (
    let request = writer.next(snapshot, cursor, LIMIT_BYTES);
    request;
    request = writer.next(snapshot, cursor, LIMIT_BYTES)
  ) {
    sizeBytes += request.bytes.length;
    requests++;
  }
  takes.push(takenMs - startMs);
  makes.push(performance.now() - takenMs);
}
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const measurement: EncodeMeasurement = {
  takeMs: median(takes.slice(3)),
  makeMs: median(makes.slice(3)),
  firstMs: (takes[0] ?? 0) + (makes[0] ?? 0),
  sizeBytes,
  requests,
};
process.stdout.write(JSON.stringify(measurement));

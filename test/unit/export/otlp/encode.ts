import type { TemporalityPreference } from '../../../../src/export/otlp/metric-form.ts';
import { RequestWriter } from '../../../../src/export/otlp/request-writer.ts';
import { SnapshotTaker } from '../../../../src/export/otlp/snapshot.ts';
import type { MetricBatch } from '../../../../src/model/series.ts';
import { createLedger, type Ledger } from '../../../../src/self/ledger.ts';
import { decodeRequest, type SinkPoint } from '../../../harness/otlp/decode.ts';

export interface Encoded {
  readonly sizesBytes: readonly number[];
  readonly points: readonly SinkPoint[];
}

export interface TestEncoder {
  readonly ledger: Ledger;
  encode(batch: MetricBatch, limitBytes?: number): Encoded;
}

/** The encoder without delivery: batch in, decoded points out. */
export function testEncoder(temporality: TemporalityPreference = 'cumulative'): TestEncoder {
  const ledger = createLedger();
  const taker = new SnapshotTaker(temporality, ledger);
  const writer = new RequestWriter(ledger);
  return {
    ledger,
    encode(batch, limitBytes = 4 * 1024 * 1024) {
      const snapshot = taker.take(batch);
      const cursor = { part: 0, run: 0, point: 0 };
      const sizesBytes: number[] = [];
      const points: SinkPoint[] = [];
      for (
        let request = writer.next(snapshot, cursor, limitBytes);
        request;
        request = writer.next(snapshot, cursor, limitBytes)
      ) {
        sizesBytes.push(request.bytes.length);
        const decoded = decodeRequest(request.bytes);
        if (decoded.length !== request.points) throw new Error(`${decoded.length} points, ${request.points} announced`);
        points.push(...decoded);
      }
      return { sizesBytes, points };
    },
  };
}

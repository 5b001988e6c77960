import { join } from 'node:path';
import type { MeterProvider } from '@opentelemetry/api';
import type { OtlpConfig } from '../config/config.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Clock } from '../model/clock.ts';
import type { ExportState as ShownState } from '../model/frame-source.ts';
import type { MetricBatch } from '../model/series.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Log } from '../self/log.ts';
import { Delivery } from './delivery.ts';
import { SnapshotTaker } from './otlp/snapshot.ts';
import { Outage } from './outage.ts';
import { specOf } from './registry.ts';
import { RequestSource } from './request-source.ts';
import { METRICS } from './signal.ts';

/** Supervisors wait about ten seconds before they kill. */
const LONGEST_CLOSE_MS = 5000;

export interface ExportConfig extends OtlpConfig {
  readonly dataDir: string;
  readonly queueLimitBytes: number;
}

export interface ExportDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  /** Where the library's own `otel.sdk.exporter.*` metrics go. */
  readonly meterProvider?: MeterProvider;
}

export interface ExportState extends ShownState {
  /** Bytes and requests that wait on disk. */
  readonly queueBytes: number;
  readonly queuedRequests: number;
  readonly lastSuccessMs: number | undefined;
  readonly lastErrorCode: ErrorCode | undefined;
  readonly failingSinceMs: number | undefined;
}

export interface Export {
  /** Takes the batch's values at once and returns; never throws, never waits for the endpoint. */
  push(batch: MetricBatch): void;
  /** Sends again what failed, when its time has come. Once a second is best. */
  tick(nowMs: number): void;
  /** Sends what waits within the timeout; the rest stays on disk. */
  close(): Promise<void>;
  state(): ExportState;
}

/** Batches of series → OTLP requests → the endpoint. Throws a `SondeError` when the settings can't work. */
export function createExport(config: ExportConfig, deps: ExportDeps): Export {
  const { clock, ledger, log } = deps;
  const exporter = specOf(config.protocol).create(config, METRICS, { meterProvider: deps.meterProvider });
  const outage = new Outage(clock, log);
  const delivery = new Delivery({
    source: new RequestSource(ledger),
    exporter,
    outage,
    clock,
    ledger,
    queueDir: join(config.dataDir, 'queue'),
    queueLimitBytes: config.queueLimitBytes,
    itemName: 'points',
  });
  const snapshots = new SnapshotTaker(config.temporality, ledger);
  let isClosed = false;

  const push = (batch: MetricBatch): void => {
    const snapshot = snapshots.take(batch);
    if (isClosed) ledger.count('export', 'dropped', 'closed', snapshot.points);
    else if (snapshot.points > 0) delivery.push(snapshot);
  };

  return {
    push,
    tick: (nowMs) => delivery.tick(nowMs),
    async close() {
      isClosed = true;
      await delivery.close(Math.min(config.timeoutMs, LONGEST_CLOSE_MS));
    },
    state() {
      const { failingSinceMs, lastSuccessMs, lastError } = outage;
      const isFailing = failingSinceMs !== undefined;
      return {
        state: isFailing ? 'failing' : lastSuccessMs === undefined ? 'starting' : 'ok',
        endpoint: config.endpoint,
        queuedBytes: delivery.queue.sizeBytes,
        detail: isFailing && lastError ? `${lastError.code} ${lastError.message}` : undefined,
        queueBytes: delivery.queue.sizeBytes,
        queuedRequests: delivery.queue.length,
        lastSuccessMs,
        lastErrorCode: lastError?.code,
        failingSinceMs,
      };
    },
  };
}

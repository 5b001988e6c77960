import { join } from 'node:path';
import type { MeterProvider } from '@opentelemetry/api';
import type { OtlpTarget } from '../config/config.ts';
import type { Clock } from '../model/clock.ts';
import type { Span } from '../model/span.ts';
import type { Ledger } from '../self/ledger.ts';
import type { Log } from '../self/log.ts';
import { Delivery } from './delivery.ts';
import type { Exporter } from './exporter.ts';
import { refused } from './failure.ts';
import { Outage } from './outage.ts';
import { specOf } from './registry.ts';
import { TRACES } from './signal.ts';
import { SpanSource } from './span-source.ts';

/** Supervisors wait about ten seconds before they kill. */
const LONGEST_CLOSE_MS = 5000;

export interface SpanExportConfig extends OtlpTarget {
  readonly dataDir: string;
  readonly queueLimitBytes: number;
}

export interface SpanExportDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly meterProvider?: MeterProvider;
}

export interface SpanExport {
  /** Encodes at once and returns; never throws, never waits for the endpoint. */
  push(spans: readonly Span[]): void;
  /** Sends again what failed, when its time has come. Once a second is best. */
  tick(nowMs: number): void;
  /** Sends what waits within the timeout; the rest stays on disk. */
  close(): Promise<void>;
  /** Bytes that wait on disk. */
  queuedBytes(): number;
}

/** Spans → OTLP requests → the endpoint, beside the metrics and as they go. */
export function createSpanExport(config: SpanExportConfig, deps: SpanExportDeps): SpanExport {
  const { clock, meterProvider } = deps;
  const ledger = spanLedger(deps.ledger);
  const log = spanLog(deps.log);
  const exporter = refusing(specOf(config.protocol).create(config, TRACES, { meterProvider }));
  const delivery = new Delivery({
    source: new SpanSource(ledger),
    exporter,
    outage: new Outage(clock, log),
    clock,
    ledger,
    queueDir: join(config.dataDir, 'queue-traces'),
    queueLimitBytes: config.queueLimitBytes,
    itemName: 'spans',
  });
  let isClosed = false;
  return {
    push(spans) {
      if (isClosed) ledger.count('export', 'dropped', 'closed', spans.length);
      else if (spans.length > 0) delivery.push(spans);
    },
    tick: (nowMs) => delivery.tick(nowMs),
    async close() {
      isClosed = true;
      await delivery.close(Math.min(config.timeoutMs, LONGEST_CLOSE_MS));
    },
    queuedBytes: () => delivery.queue.sizeBytes,
  };
}

/**
 * One endpoint is often set for all signals, and many take metrics only: their spans are not worth a queue
 * that never empties. They are counted, and come through once the endpoint takes traces.
 */
function refusing(exporter: Exporter): Exporter {
  return {
    async send(request) {
      const outcome = await exporter.send(request);
      return outcome.kind === 'retry' && outcome.code === 'SND_EXP_ENDPOINT'
        ? refused('SND_EXP_REFUSED', `the endpoint takes no traces; OTEL_TRACES_EXPORTER=none: ${outcome.detail}`)
        : outcome;
    },
    close: () => exporter.close(),
  };
}

/** Losses of spans are told from those of points by their reason. */
function spanLedger(ledger: Ledger): Ledger {
  return {
    count: (stage, outcome, reason, by) => ledger.count(stage, outcome, reason && `span-${reason}`, by),
    rows: () => ledger.rows(),
  };
}

/** Spans are the lesser part: metrics still go. */
function spanLog(log: Log): Log {
  const warn = (stage: string, message: string): void => log.warn(stage, `spans: ${message}`);
  return { ...log, error: warn, warn, info: (stage, message) => log.info(stage, `spans: ${message}`) };
}

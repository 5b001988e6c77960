import type { Config } from './config/config.ts';
import type { Attributes } from './model/attributes.ts';
import type { Clock } from './model/clock.ts';
import type { ExportState } from './model/frame-source.ts';
import type { MetricBatch } from './model/series.ts';
import type { Span } from './model/span.ts';
import type { Ledger } from './self/ledger.ts';
import type { Log } from './self/log.ts';
import type { SelfReadings } from './self/otel-instruments.ts';

/** What leaves the agent: metrics of its containers and its own, and spans, each as far as it is asked for. */
export interface Outlet {
  pushMetrics(batch: MetricBatch): void;
  pushSpans(spans: readonly Span[]): void;
  tick(nowMs: number): void;
  close(): Promise<void>;
  state(): ExportState;
  /** On disk, of both signals. */
  queuedBytes(): number;
}

export interface OutletDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly host: Attributes;
  readonly readings: () => SelfReadings;
}

const EXPORT_OFF = { state: 'off', endpoint: undefined, queuedBytes: 0, detail: undefined } as const;

/** Undefined when nothing is exported. The OTLP side is loaded only where it is used: without it an agent is a third smaller. */
export async function openOutlet(config: Config, deps: OutletDeps): Promise<Outlet | undefined> {
  const { metrics, traces, dataDir, queueLimitBytes } = config;
  if (!metrics && !traces) return undefined;
  const selfMetrics =
    metrics &&
    (await import('./self/otel-metrics.ts')).createSelfMetrics(
      { ...metrics, host: deps.host, serviceName: config.serviceName },
      deps,
    );
  const shared = { ...deps, ...(selfMetrics && { meterProvider: selfMetrics.meterProvider }) };
  const exporter =
    metrics && (await import('./export/export.ts')).createExport({ ...metrics, dataDir, queueLimitBytes }, shared);
  const spans =
    traces &&
    (await import('./export/span-export.ts')).createSpanExport({ ...traces, dataDir, queueLimitBytes }, shared);
  return {
    pushMetrics: (batch) => exporter?.push(batch),
    pushSpans: (batch) => spans?.push(batch),
    tick(nowMs) {
      exporter?.tick(nowMs);
      spans?.tick(nowMs);
    },
    async close() {
      await Promise.all([exporter?.close(), spans?.close(), selfMetrics?.close()]);
    },
    state: () => exporter?.state() ?? EXPORT_OFF,
    queuedBytes: () => (exporter?.state().queueBytes ?? 0) + (spans?.queuedBytes() ?? 0),
  };
}

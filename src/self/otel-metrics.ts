import { type MeterProvider as ApiMeterProvider, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { OtlpConfig } from '../config/config.ts';
import type { MetricSpec } from '../generated/signals.ts';
import { VERSION } from '../generated/version.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { createSelfExporter } from './otel-exporter.ts';
import { registerSelfInstruments, type SelfReadings } from './otel-instruments.ts';

/** Supervisors wait about ten seconds before they kill. */
const LONGEST_CLOSE_MS = 5000;

export interface SelfMetricsConfig extends OtlpConfig {
  /** Attributes of the host, put on the resource. */
  readonly host: Attributes;
  /** `sonde` unless it was set. */
  readonly serviceName?: string;
}

export interface SelfMetricsDeps {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly readings: () => SelfReadings;
}

export interface SelfMetrics {
  /** For `createExport`, so that the library's `otel.sdk.exporter.*` metrics of the data path appear too. */
  readonly meterProvider: ApiMeterProvider;
  close(): Promise<void>;
}

/** The agent's own metrics, through the OpenTelemetry SDK and its exporter as they are. */
export function createSelfMetrics(config: SelfMetricsConfig, deps: SelfMetricsDeps): SelfMetrics {
  const exporter = createSelfExporter(config);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: config.intervalMs,
    exportTimeoutMillis: Math.min(config.timeoutMs, config.intervalMs),
  });
  const meterProvider = new MeterProvider({ resource: resourceFromAttributes(resourceOf(config)), readers: [reader] });
  exporter.setSelfObsMeterProvider(meterProvider);
  registerSelfInstruments(meterProvider.getMeter('sonde', VERSION), optionsOf, deps);
  return {
    meterProvider,
    async close() {
      try {
        await meterProvider.shutdown({ timeoutMillis: Math.min(config.timeoutMs, LONGEST_CLOSE_MS) });
      } catch (error) {
        // The data path has said already that the endpoint is away.
        deps.log.debug('self', `own metrics: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

function resourceOf({
  host,
  serviceName = 'sonde',
}: SelfMetricsConfig): Record<string, string | number | boolean | string[]> {
  const attributes: Record<string, string | number | boolean | string[]> = {};
  for (const [key, value] of Object.entries(host)) attributes[key] = typeof value === 'object' ? [...value] : value;
  attributes['service.name'] = serviceName;
  attributes['service.version'] = VERSION;
  const hostId = host['host.id'];
  if (hostId !== undefined && typeof hostId !== 'object') attributes['service.instance.id'] ??= hostId;
  return attributes;
}

const optionsOf = ({ unit, description, isInteger }: MetricSpec) => ({
  unit,
  description,
  valueType: isInteger ? ValueType.INT : ValueType.DOUBLE,
});

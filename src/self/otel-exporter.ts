import { readFileSync } from 'node:fs';
import { Metadata } from '@grpc/grpc-js';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { createInsecureCredentials, createSslCredentials } from '@opentelemetry/otlp-grpc-exporter-base';
import type { OtlpConfig } from '../config/config.ts';

const TEMPORALITY = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

/** The stock exporter of the protocol, set from our configuration. */
export function createSelfExporter(config: OtlpConfig): GrpcExporter | HttpExporter {
  const shared = {
    timeoutMillis: config.timeoutMs,
    compression: config.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    temporalityPreference: TEMPORALITY[config.temporality],
  };
  const tls = {
    ca: read(config.certificateFile),
    key: read(config.clientKeyFile),
    cert: read(config.clientCertificateFile),
  };
  if (config.protocol === 'http/protobuf')
    return new HttpExporter({
      ...shared,
      url: config.endpoint,
      headers: config.headers,
      httpAgentOptions: { keepAlive: true, ...definedOf(tls) },
    });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(config.headers)) metadata.set(name, value);
  return new GrpcExporter({
    ...shared,
    url: addressOf(config.endpoint),
    metadata,
    credentials: config.isInsecure ? createInsecureCredentials() : createSslCredentials(tls.ca, tls.key, tls.cert),
  });
}

/** The library cuts a scheme's usual port off, and gRPC then takes 443; a scheme without one keeps it. */
function addressOf(endpoint: string): string {
  const url = new URL(endpoint);
  return `grpc://${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`;
}

function read(path: string | undefined): Buffer | undefined {
  return path === undefined ? undefined : readFileSync(path);
}

function definedOf<T extends object>(values: T): Partial<Record<keyof T, Buffer>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<keyof T, Buffer>
  >;
}

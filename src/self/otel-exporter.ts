import { Metadata } from '@grpc/grpc-js';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { createInsecureCredentials, createSslCredentials } from '@opentelemetry/otlp-grpc-exporter-base';
import type { OtlpConfig } from '../config/config.ts';
import { checkHeaders } from './headers.ts';
import { readTlsFiles } from './tls-files.ts';

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
  const tls = config.isInsecure ? undefined : readTlsFiles(config);
  if (config.protocol === 'http/protobuf')
    return new HttpExporter({
      ...shared,
      url: config.endpoint,
      headers: checkHeaders(config.headers, (headers) => ({ ...headers })),
      httpAgentOptions: { keepAlive: true, ca: tls?.authority, cert: tls?.clientCertificate, key: tls?.clientKey },
    });
  return new GrpcExporter({
    ...shared,
    url: addressOf(config.endpoint),
    metadata: checkHeaders(config.headers, metadataOf),
    credentials: tls
      ? createSslCredentials(tls.authority, tls.clientKey, tls.clientCertificate)
      : createInsecureCredentials(),
  });
}

/** The library cuts a scheme's usual port off, and gRPC then takes 443; a scheme without one keeps it. */
function addressOf(endpoint: string): string {
  const url = new URL(endpoint);
  return `grpc://${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`;
}

function metadataOf(headers: OtlpConfig['headers']): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

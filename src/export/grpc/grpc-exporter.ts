import { type ChannelCredentials, Metadata } from '@grpc/grpc-js';
import {
  createInsecureCredentials,
  createOtlpGrpcExportDelegate,
  createSslCredentials,
} from '@opentelemetry/otlp-grpc-exporter-base';
import type { OtlpConfig } from '../../config/config.ts';
import { VERSION } from '../../generated/version.ts';
import { checkHeaders } from '../../self/headers.ts';
import { readTlsFiles } from '../../self/tls-files.ts';
import { createDelegateExporter, pointCounter } from '../delegate-exporter.ts';
import type { ExporterSpec } from '../exporter.ts';
import { classifyGrpcError } from './classify.ts';
import { createRequestMemory } from './request-memory.ts';

const SERVICE = 'MetricsExportService';
const PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export const grpcExporter: ExporterSpec = {
  protocol: 'grpc',
  create(config, { meterProvider }) {
    const credentials = credentialsOf(config);
    const metadata = checkHeaders(config.headers, metadataOf);
    const options = {
      url: addressOf(config.endpoint),
      metadata: () => metadata,
      credentials: () => credentials,
      compression: config.compression,
      timeoutMillis: config.timeoutMs,
      concurrencyLimit: 1,
      userAgent: `sonde/${VERSION}`,
    };
    return createDelegateExporter({
      timeoutMs: config.timeoutMs,
      connect(serializer) {
        const delegate = createOtlpGrpcExportDelegate(
          options,
          serializer,
          'otlp_grpc_metric_exporter',
          pointCounter,
          meterProvider,
          SERVICE,
          PATH,
        );
        return { delegate, disconnect: () => void delegate.shutdown() };
      },
      classify: classifyGrpcError,
      handOver: createRequestMemory(),
    });
  },
};

/** gRPC takes every address without a port for port 443, so the scheme's own port is put in. */
function addressOf(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`;
}

function credentialsOf(config: OtlpConfig): ChannelCredentials {
  if (config.isInsecure) return createInsecureCredentials();
  const { authority, clientKey, clientCertificate } = readTlsFiles(config);
  return createSslCredentials(authority, clientKey, clientCertificate);
}

function metadataOf(headers: OtlpConfig['headers']): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

import { type ChannelCredentials, Metadata } from '@grpc/grpc-js';
import {
  createInsecureCredentials,
  createOtlpGrpcExportDelegate,
  createSslCredentials,
} from '@opentelemetry/otlp-grpc-exporter-base';
import type { OtlpTarget } from '../../config/config.ts';
import { VERSION } from '../../generated/version.ts';
import { checkHeaders } from '../../self/headers.ts';
import { readTlsFiles } from '../../self/tls-files.ts';
import { counterOf, createDelegateExporter } from '../delegate-exporter.ts';
import type { ExporterSpec } from '../exporter.ts';
import { classifyGrpcError } from './classify.ts';
import { createRequestMemory } from './request-memory.ts';

export const grpcExporter: ExporterSpec = {
  protocol: 'grpc',
  create(config, signal, { meterProvider }) {
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
      signal,
      timeoutMs: config.timeoutMs,
      connect(serializer) {
        const delegate = createOtlpGrpcExportDelegate(
          options,
          serializer,
          `otlp_grpc_${signal.componentName}_exporter`,
          counterOf(signal),
          meterProvider,
          signal.service,
          signal.path,
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

function credentialsOf(config: OtlpTarget): ChannelCredentials {
  if (config.isInsecure) return createInsecureCredentials();
  const { authority, clientKey, clientCertificate } = readTlsFiles(config);
  return createSslCredentials(authority, clientKey, clientCertificate);
}

function metadataOf(headers: OtlpTarget['headers']): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

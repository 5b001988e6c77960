import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { VERSION } from '../../generated/version.ts';
import { checkHeaders } from '../../self/headers.ts';
import { readTlsFiles } from '../../self/tls-files.ts';
import { counterOf, createDelegateExporter } from '../delegate-exporter.ts';
import type { ExporterSpec } from '../exporter.ts';
import { classifyHttpError } from './classify.ts';

export const httpProtobufExporter: ExporterSpec = {
  protocol: 'http/protobuf',
  create(config, signal, { meterProvider }) {
    const headers = checkHeaders(config.headers, (given) => ({ ...given, 'Content-Type': 'application/x-protobuf' }));
    const tls = config.isInsecure ? undefined : readTlsFiles(config);
    const createAgent = () =>
      tls
        ? new HttpsAgent({ keepAlive: true, ca: tls.authority, cert: tls.clientCertificate, key: tls.clientKey })
        : new HttpAgent({ keepAlive: true });
    return createDelegateExporter({
      signal,
      timeoutMs: config.timeoutMs,
      connect(serializer) {
        const agent = createAgent();
        const delegate = createOtlpHttpExportDelegate(
          {
            url: config.endpoint,
            // The library adds to the object it is given, so it gets its own each time.
            headers: async () => ({ ...headers }),
            compression: config.compression,
            timeoutMillis: config.timeoutMs,
            concurrencyLimit: 1,
            agentFactory: () => agent,
            userAgent: `sonde/${VERSION}`,
          },
          serializer,
          `otlp_http_${signal.componentName}_exporter`,
          counterOf(signal),
          meterProvider,
        );
        return { delegate, disconnect: () => agent.destroy() };
      },
      classify: classifyHttpError,
    });
  },
};

import { optional, setting } from './setting.ts';
import { filePath, headerPairs, oneOf, ratio, text, truth, wholeNumber } from './value-type.ts';

const EXPORTER = 'tracer_provider.processors[].batch.exporter.otlp_*';
/** The traces form of a variable, before the one for all signals. */
const traces = (what: string, flag?: string) => ({
  env: [`OTEL_EXPORTER_OTLP_TRACES_${what}`],
  general: { env: `OTEL_EXPORTER_OTLP_${what}`, ...(flag === undefined ? {} : { flag }) },
});
const AS_GENERAL = 'without it as for all signals';

/** How spans are made and where they go. */
export const TRACE_SETTINGS = {
  spanRatio: setting({
    type: ratio,
    help: 'Share of connections whose spans are sampled, by trace id and so alike at both ends; failed and slow ones are kept besides.',
    flag: '--span-ratio',
    env: ['SONDE_SPAN_RATIO'],
    file: 'span_ratio',
    default: '1',
  }),
  spansPerSecond: setting({
    type: wholeNumber(1, 10_000, 'number of spans'),
    help: 'Most spans made in a second; beyond, failed and slow ones go first, then the sampling is made stricter. What is shed is counted.',
    flag: '--spans-per-second',
    env: ['SONDE_SPANS_PER_SECOND'],
    file: 'spans_per_second',
    default: '200',
  }),
  tracesExporter: optional({
    type: oneOf('otlp', 'none'),
    help: 'none makes no spans; otlp without an endpoint uses the standard one on localhost.',
    env: ['OTEL_TRACES_EXPORTER'],
  }),
  tracesEndpoint: optional({
    type: text,
    help: `OTLP endpoint of spans; ${AS_GENERAL}, over http with /v1/traces appended. Without one no spans are made.`,
    ...traces('ENDPOINT', '--endpoint'),
    file: `${EXPORTER}.endpoint`,
  }),
  tracesProtocol: setting({
    type: oneOf('grpc', 'http/protobuf'),
    help: `OTLP transport of spans; ${AS_GENERAL}.`,
    ...traces('PROTOCOL', '--protocol'),
    file: EXPORTER,
    default: 'grpc',
  }),
  tracesHeaders: optional({
    type: headerPairs,
    help: 'Headers of every request with spans; they add to the general ones.',
    ...traces('HEADERS'),
    file: `${EXPORTER}.headers`,
    isSecret: true,
  }),
  isTracesInsecure: setting({
    type: truth,
    help: `True sends spans without TLS where the grpc endpoint has no scheme; ${AS_GENERAL}.`,
    ...traces('INSECURE', '--insecure'),
    file: `${EXPORTER}.tls.insecure`,
    default: 'false',
  }),
  tracesCertificateFile: optional({
    type: filePath,
    help: `PEM file that verifies the certificate of the server for spans; ${AS_GENERAL}.`,
    ...traces('CERTIFICATE'),
    file: `${EXPORTER}.tls.ca_file`,
  }),
  tracesClientKeyFile: optional({
    type: filePath,
    help: `PEM private key for mutual TLS of spans; ${AS_GENERAL}.`,
    ...traces('CLIENT_KEY'),
    file: `${EXPORTER}.tls.key_file`,
  }),
  tracesClientCertificateFile: optional({
    type: filePath,
    help: `PEM client certificate for mutual TLS of spans; ${AS_GENERAL}.`,
    ...traces('CLIENT_CERTIFICATE'),
    file: `${EXPORTER}.tls.cert_file`,
  }),
  tracesCompression: setting({
    type: oneOf('none', 'gzip'),
    help: `Compression of requests with spans; ${AS_GENERAL}.`,
    ...traces('COMPRESSION'),
    file: `${EXPORTER}.compression`,
    default: 'none',
  }),
  tracesTimeoutMs: setting({
    type: wholeNumber(1, 600_000, 'milliseconds'),
    help: `Longest one request with spans may take; ${AS_GENERAL}.`,
    ...traces('TIMEOUT'),
    file: `${EXPORTER}.timeout`,
    default: '10000',
  }),
} as const;

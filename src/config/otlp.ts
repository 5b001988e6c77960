import type { OtlpConfig, OtlpTarget } from './config.ts';
import { type Problem, showValue } from './problem.ts';
import type { SettingName, SettingValues } from './settings.ts';
import type { Resolved } from './sources.ts';

type ReadFile = (path: string) => string;

/** Where the settings of one signal stand. */
interface Names {
  /** Appended to the endpoint of all signals, over http. */
  readonly path: '/v1/metrics' | '/v1/traces';
  readonly exporter: SettingName;
  readonly endpoint: SettingName;
  readonly certificateFile: SettingName;
  readonly clientKeyFile: SettingName;
  readonly clientCertificateFile: SettingName;
}

const METRICS: Names = {
  path: '/v1/metrics',
  exporter: 'metricsExporter',
  endpoint: 'endpoint',
  certificateFile: 'certificateFile',
  clientKeyFile: 'clientKeyFile',
  clientCertificateFile: 'clientCertificateFile',
};
const TRACES: Names = {
  path: '/v1/traces',
  exporter: 'tracesExporter',
  endpoint: 'tracesEndpoint',
  certificateFile: 'tracesCertificateFile',
  clientKeyFile: 'tracesClientKeyFile',
  clientCertificateFile: 'tracesClientCertificateFile',
};
const GENERAL_ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const ENDPOINT_FLAG = '--endpoint';

/** What both signals have, under the same names. */
type Values = Pick<
  SettingValues,
  | 'endpoint'
  | 'protocol'
  | 'headers'
  | 'isInsecure'
  | 'certificateFile'
  | 'clientKeyFile'
  | 'clientCertificateFile'
  | 'compression'
  | 'timeoutMs'
>;

/** How metrics are exported; undefined when nothing asks for it. */
export function otlpConfig(resolved: Resolved, readFile: ReadFile, problems: Problem[]): OtlpConfig | undefined {
  const { values } = resolved;
  const timeoutMs = Math.min(values.timeoutMs, values.exportTimeoutMs);
  const target = targetOf(resolved, METRICS, { ...values, timeoutMs }, readFile, problems);
  return target && { ...target, intervalMs: values.intervalMs, temporality: values.temporality };
}

/** Where spans go; undefined when nothing asks for them. */
export function tracesConfig(resolved: Resolved, readFile: ReadFile, problems: Problem[]): OtlpTarget | undefined {
  const v = resolved.values;
  const values: Values = {
    endpoint: v.tracesEndpoint,
    protocol: v.tracesProtocol,
    headers: v.tracesHeaders,
    isInsecure: v.isTracesInsecure,
    certificateFile: v.tracesCertificateFile,
    clientKeyFile: v.tracesClientKeyFile,
    clientCertificateFile: v.tracesClientCertificateFile,
    compression: v.tracesCompression,
    timeoutMs: v.tracesTimeoutMs,
  };
  return targetOf(resolved, TRACES, values, readFile, problems);
}

function targetOf(
  resolved: Resolved,
  names: Names,
  values: Values,
  readFile: ReadFile,
  problems: Problem[],
): OtlpTarget | undefined {
  const exporter = resolved.values[names.exporter];
  if (resolved.values.sdkDisabled || exporter === 'none') return undefined;
  const { protocol, endpoint: given } = values;
  // Metrics settings were always checked; those of spans only where there are any.
  if (names === METRICS || given !== undefined || exporter === 'otlp')
    checkFiles(resolved, names, values, readFile, problems);
  if (given === undefined && exporter !== 'otlp') return undefined;
  const localhost = protocol === 'grpc' ? 'http://localhost:4317' : `http://localhost:4318${names.path}`;
  const endpoint = endpointUrl(given ?? localhost, values);
  if (!endpoint) {
    problems.push({
      code: 'SND_CFG_VALUE',
      path: resolved.pathOf(names.endpoint) ?? names.endpoint,
      detail: `has the bad value ${showValue(given ?? '')}; allowed: ${
        protocol === 'grpc' ? 'http(s)://host:port or host:port' : 'http(s)://host:port/path'
      }`,
    });
    return undefined;
  }
  const path = resolved.pathOf(names.endpoint);
  if (protocol === 'http/protobuf' && path === GENERAL_ENDPOINT) {
    endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}${names.path}`;
  } else if (protocol === 'http/protobuf' && path === ENDPOINT_FLAG) {
    // The flag is the metrics' own endpoint; that of spans stands beside it.
    endpoint.pathname = endpoint.pathname.replace(/\/v1\/metrics$/, names.path);
  }
  return {
    protocol,
    endpoint: endpoint.href,
    headers: values.headers ?? {},
    isInsecure: endpoint.protocol === 'http:',
    certificateFile: values.certificateFile,
    clientCertificateFile: values.clientCertificateFile,
    clientKeyFile: values.clientKeyFile,
    compression: values.compression,
    timeoutMs: values.timeoutMs,
  };
}

/** grpc may leave the scheme out: then the insecure setting decides. */
function endpointUrl(given: string, values: Values): URL | undefined {
  const isBare = values.protocol !== 'http/protobuf' && !given.includes('://');
  const url = URL.parse(isBare ? `${values.isInsecure ? 'http' : 'https'}://${given}` : given);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return url.hostname === '' || url.username !== '' || url.password !== '' || url.hash !== '' ? undefined : url;
}

/** A missing certificate is better refused now than at the first export. */
function checkFiles({ pathOf }: Resolved, names: Names, values: Values, readFile: ReadFile, problems: Problem[]): void {
  for (const name of ['certificateFile', 'clientKeyFile', 'clientCertificateFile'] as const) {
    const file = values[name];
    if (file === undefined) continue;
    const reason = pemProblem(file, readFile);
    if (reason)
      problems.push({
        code: 'SND_CFG_VALUE',
        path: pathOf(names[name]) ?? name,
        detail: `${showValue(file)} ${reason}`,
      });
  }
  if ((values.clientKeyFile === undefined) !== (values.clientCertificateFile === undefined)) {
    const [has, lacks] =
      values.clientKeyFile === undefined
        ? (['clientCertificateFile', 'client key'] as const)
        : (['clientKeyFile', 'client certificate'] as const);
    problems.push({
      code: 'SND_CFG_CONFLICT',
      path: pathOf(names[has]) ?? has,
      detail: `is given without the ${lacks}`,
    });
  }
}

function pemProblem(file: string, readFile: (path: string) => string): string | undefined {
  try {
    return readFile(file).includes('-----BEGIN ') ? undefined : 'holds no PEM block; allowed: a PEM file';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `cannot be read (${code}); allowed: a readable PEM file`;
  }
}

import type { OtlpConfig } from './config.ts';
import { type Problem, showValue } from './problem.ts';
import type { SettingValues } from './settings.ts';
import type { Resolved } from './sources.ts';

const LOCALHOST = { grpc: 'http://localhost:4317', 'http/protobuf': 'http://localhost:4318/v1/metrics' } as const;
const GENERAL_ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** How metrics are exported; undefined when nothing asks for it. */
export function otlpConfig(
  resolved: Resolved,
  readFile: (path: string) => string,
  problems: Problem[],
): OtlpConfig | undefined {
  const { values, pathOf } = resolved;
  if (values.sdkDisabled || values.metricsExporter === 'none') return undefined;
  checkFiles(resolved, readFile, problems);
  const protocol = values.protocol;
  const given = values.endpoint;
  if (given === undefined && values.metricsExporter !== 'otlp') return undefined;
  const endpoint = endpointUrl(given ?? LOCALHOST[protocol], values);
  if (!endpoint) {
    problems.push({
      code: 'SND_CFG_VALUE',
      path: pathOf('endpoint') ?? 'endpoint',
      detail: `has the bad value ${showValue(given ?? '')}; allowed: ${
        protocol === 'grpc' ? 'http(s)://host:port or host:port' : 'http(s)://host:port/path'
      }`,
    });
    return undefined;
  }
  if (protocol === 'http/protobuf' && pathOf('endpoint') === GENERAL_ENDPOINT) {
    endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/v1/metrics`;
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
    timeoutMs: Math.min(values.timeoutMs, values.exportTimeoutMs),
    intervalMs: values.intervalMs,
    temporality: values.temporality,
  };
}

/** grpc may leave the scheme out: then the insecure setting decides. */
function endpointUrl(given: string, values: SettingValues): URL | undefined {
  const isBare = values.protocol !== 'http/protobuf' && !given.includes('://');
  const url = URL.parse(isBare ? `${values.isInsecure ? 'http' : 'https'}://${given}` : given);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return url.hostname === '' || url.username !== '' || url.password !== '' || url.hash !== '' ? undefined : url;
}

/** A missing certificate is better refused now than at the first export. */
function checkFiles({ values, pathOf }: Resolved, readFile: (path: string) => string, problems: Problem[]): void {
  for (const name of ['certificateFile', 'clientKeyFile', 'clientCertificateFile'] as const) {
    const file = values[name];
    if (file === undefined) continue;
    const reason = pemProblem(file, readFile);
    if (reason)
      problems.push({ code: 'SND_CFG_VALUE', path: pathOf(name) ?? name, detail: `${showValue(file)} ${reason}` });
  }
  if ((values.clientKeyFile === undefined) !== (values.clientCertificateFile === undefined)) {
    const [has, lacks] =
      values.clientKeyFile === undefined
        ? (['clientCertificateFile', 'client key'] as const)
        : (['clientKeyFile', 'client certificate'] as const);
    problems.push({ code: 'SND_CFG_CONFLICT', path: pathOf(has) ?? has, detail: `is given without the ${lacks}` });
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, PEM, problemsOf } from './load-with.ts';

const exported = (env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) =>
  load({ env, files }).metrics;

test('grpc is the protocol, 10 s the interval, unless said otherwise', () => {
  assert.deepEqual(exported({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' }), {
    protocol: 'grpc',
    endpoint: 'http://c:4317/',
    headers: {},
    isInsecure: true,
    certificateFile: undefined,
    clientCertificateFile: undefined,
    clientKeyFile: undefined,
    compression: 'none',
    timeoutMs: 10_000,
    intervalMs: 10_000,
    temporality: 'cumulative',
  });
});

test('http: the general endpoint gets /v1/metrics appended, the metrics one is used as it is', () => {
  const http = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  const general = (endpoint: string) => exported({ ...http, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })?.endpoint;
  assert.equal(general('http://c:4318'), 'http://c:4318/v1/metrics');
  assert.equal(general('http://c:4318/'), 'http://c:4318/v1/metrics');
  assert.equal(general('https://c/otlp/'), 'https://c/otlp/v1/metrics');
  assert.equal(general('https://c/otlp?key=1'), 'https://c/otlp/v1/metrics?key=1');
  const specific = (endpoint: string) => exported({ ...http, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint })?.endpoint;
  assert.equal(specific('http://c:4318'), 'http://c:4318/');
  assert.equal(specific('http://c:4318/my/path'), 'http://c:4318/my/path');
});

test('grpc: the scheme decides on TLS, without a scheme the insecure setting', () => {
  const secure = (endpoint: string, env = {}) => exported({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env });
  assert.equal(secure('https://c:4317')?.isInsecure, false);
  assert.equal(secure('https://c:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'true' })?.isInsecure, false);
  assert.equal(secure('http://c:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'false' })?.isInsecure, true);
  assert.equal(secure('c:4317')?.isInsecure, false);
  assert.equal(secure('c:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'true' })?.endpoint, 'http://c:4317/');
  assert.equal(secure('[::1]:4317', { OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'true' })?.endpoint, 'http://[::1]:4317/');
});

test('the metrics form of every variable beats the general one', () => {
  const files = { '/ca': PEM, '/ca2': PEM, '/key': PEM, '/key2': PEM, '/crt': PEM, '/crt2': PEM };
  const metrics = exported(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:1',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics:2/p',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=2%203',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=metrics',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca',
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/ca2',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key',
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: '/key2',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/crt',
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: '/crt2',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '6000',
      OTEL_METRIC_EXPORT_INTERVAL: '2500',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
    },
    files,
  );
  assert.deepEqual(metrics, {
    protocol: 'http/protobuf',
    endpoint: 'https://metrics:2/p',
    headers: { a: 'metrics', b: '2 3' },
    isInsecure: false,
    certificateFile: '/ca2',
    clientCertificateFile: '/crt2',
    clientKeyFile: '/key2',
    compression: 'gzip',
    timeoutMs: 6000,
    intervalMs: 2500,
    temporality: 'delta',
  });
});

test('the shorter of request and export timeout holds', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1', OTEL_METRIC_EXPORT_TIMEOUT: '700' };
  assert.equal(exported(env)?.timeoutMs, 700);
  assert.equal(exported({ ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '300' })?.timeoutMs, 300);
});

test('none and a disabled SDK export nothing; otlp without an endpoint goes to localhost', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' };
  assert.equal(exported({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }), undefined);
  assert.equal(exported({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' }), undefined);
  assert.equal(exported({ OTEL_METRICS_EXPORTER: 'otlp' })?.endpoint, 'http://localhost:4317/');
  const http = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  assert.equal(exported(http)?.endpoint, 'http://localhost:4318/v1/metrics');
});

test('endpoints that lead nowhere are refused', () => {
  for (const endpoint of ['ftp://c:21', 'http://', 'http://c:99999', 'not a url', 'http://u:p@c:1', 'unix:///x'])
    assert.equal(
      problemsOf(() => exported({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }))[0]?.path,
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      endpoint,
    );
  const bare = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318' };
  assert.equal(problemsOf(() => exported(bare)).length, 1);
});

test('certificates: missing, no PEM, and a key without its certificate are refused at start', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:4317' };
  const [missing] = problemsOf(() => exported({ ...endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: '/none' }));
  assert.match(missing?.detail ?? '', /"\/none" cannot be read \(ENOENT\)/);
  const [noPem] = problemsOf(() => exported({ ...endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: '/f' }, { '/f': 'hello' }));
  assert.match(noPem?.detail ?? '', /holds no PEM/);
  const [alone] = problemsOf(() => exported({ ...endpoint, OTEL_EXPORTER_OTLP_CLIENT_KEY: '/k' }, { '/k': PEM }));
  assert.equal(alone?.code, 'SND_CFG_CONFLICT');
});

test('header names must be tokens and values printable', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' };
  for (const headers of ['a b=c', 'a=b%0d%0ax: y', '=v', 'noequals', 'a=%zz'])
    assert.equal(problemsOf(() => exported({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers })).length, 1, headers);
});

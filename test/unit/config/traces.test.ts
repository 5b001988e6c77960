import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, loadFile, PEM, problemsOf } from './load-with.ts';

const traced = (env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) =>
  load({ env, files }).traces;

test('spans go where all signals go, unless said otherwise; without an endpoint there are none', () => {
  assert.equal(traced({}), undefined);
  assert.equal(traced({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:4317' }), undefined);
  assert.deepEqual(traced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' }), {
    protocol: 'grpc',
    endpoint: 'http://c:4317/',
    headers: {},
    isInsecure: true,
    certificateFile: undefined,
    clientCertificateFile: undefined,
    clientKeyFile: undefined,
    compression: 'none',
    timeoutMs: 10_000,
  });
  const only = load({ env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:4317' } });
  assert.equal(only.traces?.endpoint, 'http://t:4317/');
  assert.equal(only.metrics, undefined);
});

test('OTEL_TRACES_EXPORTER: none makes none, otlp needs no endpoint', () => {
  const general = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' };
  const none = load({ env: { ...general, OTEL_TRACES_EXPORTER: 'none' } });
  assert.equal(none.traces, undefined);
  assert.notEqual(none.metrics, undefined);
  assert.notEqual(load({ env: { ...general, OTEL_METRICS_EXPORTER: 'none' } }).traces, undefined);
  assert.equal(load({ env: { ...general, OTEL_SDK_DISABLED: 'true' } }).traces, undefined);
  assert.equal(traced({ OTEL_TRACES_EXPORTER: 'otlp' })?.endpoint, 'http://localhost:4317/');
  const http = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  assert.equal(traced(http)?.endpoint, 'http://localhost:4318/v1/traces');
});

test('http: the general endpoint gets /v1/traces appended, the one for traces is used as it is', () => {
  const http = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  const of = (name: string, endpoint: string) => traced({ ...http, [name]: endpoint })?.endpoint;
  assert.equal(of('OTEL_EXPORTER_OTLP_ENDPOINT', 'https://c/otlp/?k=1'), 'https://c/otlp/v1/traces?k=1');
  assert.equal(of('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://c:4318/my'), 'http://c:4318/my');
  const { metrics, traces } = load({
    argv: ['--protocol', 'http/protobuf', '--endpoint', 'http://c:4318/v1/metrics'],
  });
  assert.equal(metrics?.endpoint, 'http://c:4318/v1/metrics');
  assert.equal(traces?.endpoint, 'http://c:4318/v1/traces');
});

test('the traces form of every variable beats the general one, and not the metrics', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces:2/p',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=2',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=traces',
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: '/ca',
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: '/key',
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: '/crt',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '6000',
  };
  const { metrics, traces } = load({ env, files: { '/ca': PEM, '/key': PEM, '/crt': PEM } });
  assert.deepEqual(traces, {
    protocol: 'http/protobuf',
    endpoint: 'https://traces:2/p',
    headers: { a: 'traces', b: '2' },
    isInsecure: false,
    certificateFile: '/ca',
    clientCertificateFile: '/crt',
    clientKeyFile: '/key',
    compression: 'gzip',
    timeoutMs: 6000,
  });
  assert.equal(metrics?.endpoint, 'http://general:1/');
  assert.equal(metrics?.certificateFile, undefined);
  assert.deepEqual(metrics?.headers, { a: 'general', b: '2' });
  assert.equal(
    traced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317', OTEL_EXPORTER_OTLP_TRACES_INSECURE: 'true' })?.isInsecure,
    true,
  );
});

test('what is wrong for all signals is told once', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317' };
  for (const env of [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://c' },
    { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    { ...endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: '/none' },
  ])
    assert.equal(problemsOf(() => load({ env })).length, 1);
  const [own] = problemsOf(() => load({ env: { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: '/none' } }));
  assert.equal(own?.path, 'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE');
});

test('ratio and budget have defaults and bounds', () => {
  assert.deepEqual(load({}).spans, { ratio: 1, perSecond: 200 });
  for (const [text, ratio] of [
    ['0', 0],
    ['1', 1],
    ['.5', 0.5],
    ['0.01', 0.01],
    ['1e-6', 1e-6],
  ] as const)
    assert.equal(load({ env: { SONDE_SPAN_RATIO: text } }).spans.ratio, ratio);
  for (const bad of ['-1', '1.1', 'half', '1e3', 'NaN'])
    assert.equal(problemsOf(() => load({ env: { SONDE_SPAN_RATIO: bad } })).length, 1, bad);
  assert.equal(problemsOf(() => load({ env: { SONDE_SPANS_PER_SECOND: '0' } })).length, 1);
});

test("the file's tracer_provider: its first OTLP exporter and its ratio; the rest is noted", () => {
  const config = loadFile([
    'tracer_provider:',
    '  processors:',
    '    - simple: {exporter: {console: {}}}',
    '    - batch: {schedule_delay: 1, exporter: {otlp_http: {endpoint: "http://t:4318/v1/traces", timeout: 7}}}',
    '    - batch: {exporter: {otlp_grpc: {endpoint: "http://other:1"}}}',
    '  sampler: {parent_based: {root: {trace_id_ratio_based: {ratio: 0.25}}}}',
  ]);
  assert.equal(config.traces?.endpoint, 'http://t:4318/v1/traces');
  assert.equal(config.traces?.protocol, 'http/protobuf');
  assert.equal(config.traces?.timeoutMs, 7);
  assert.equal(config.spans.ratio, 0.25);
  assert.equal(config.metrics, undefined);
  assert.deepEqual(config.ignored, [
    'tracer_provider.processors[0].simple',
    'tracer_provider.processors[1].batch.schedule_delay',
    'tracer_provider.processors[2].batch',
  ]);
  assert.equal(loadFile(['tracer_provider: {sampler: {always_off: }}']).spans.ratio, 0);
  const own = ['tracer_provider: {sampler: {always_on: }}', 'distribution: {sonde: {span_ratio: 0.5}}'];
  assert.equal(loadFile(own).spans.ratio, 0.5);
  for (const bad of ['processors: 7', 'processors: [{batch: {exporter: {otlp_grpc: {endpont: x}}}}]', 'sampler: 1'])
    assert.ok(problemsOf(() => loadFile([`tracer_provider: {${bad}}`])).length > 0, bad);
});

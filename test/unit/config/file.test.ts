import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFileSchema } from '../../../src/config/file.ts';
import { OWN_FILE_SETTINGS } from '../../../src/config/settings.ts';
import { load, loadFile, PEM, problemsOf } from './load-with.ts';

const READER = [
  'resource:',
  '  attributes: [{name: service.name, value: from-file}, {name: zone, value: 7}]',
  '  attributes_list: "zone=8,team=a%20b"',
  'meter_provider:',
  '  readers:',
  '    - periodic:',
  '        interval: 4000',
  '        timeout: 3000',
  '        exporter:',
  '          otlp_http:',
  '            endpoint: ${SCHEME:-https}://${HOST}/v1/metrics',
  '            headers: [{name: authorization, value: "Bearer ${TOKEN}"}, {name: gone, value: null}]',
  '            headers_list: "authorization=weaker,x=y"',
  '            tls: {ca_file: /ca, key_file: /key, cert_file: /crt}',
  '            compression: gzip',
  '            timeout: 5000',
  '            temporality_preference: low_memory',
  'log_level: warn2',
];
const FILES = { '/ca': PEM, '/key': PEM, '/crt': PEM };

test('the declarative file: reader, exporter, resource, substitution', () => {
  const config = loadFile(READER, { env: { HOST: 'c:4318', TOKEN: 't$$' }, files: FILES });
  assert.deepEqual(config.metrics, {
    protocol: 'http/protobuf',
    endpoint: 'https://c:4318/v1/metrics',
    headers: { authorization: 'Bearer t$$', x: 'y' },
    isInsecure: false,
    certificateFile: '/ca',
    clientCertificateFile: '/crt',
    clientKeyFile: '/key',
    compression: 'gzip',
    timeoutMs: 3000,
    intervalMs: 4000,
    temporality: 'lowmemory',
  });
  assert.equal(config.serviceName, 'from-file');
  assert.deepEqual(config.resourceAttributes, { zone: '7', team: 'a b' });
  assert.equal(config.logLevel, 'warn');
});

test('otlp_grpc, and the standard endpoint where none is given', () => {
  const reader = (exporter: string) =>
    loadFile([`meter_provider: {readers: [{periodic: {exporter: ${exporter}}}]}`]).metrics;
  assert.equal(reader('{otlp_grpc: {endpoint: "c:4317", tls: {insecure: true}}}')?.endpoint, 'http://c:4317/');
  assert.equal(reader('{otlp_grpc: null}')?.endpoint, 'http://localhost:4317/');
  assert.equal(reader('{otlp_http: null}')?.endpoint, 'http://localhost:4318/v1/metrics');
});

test('with a file, OTEL_ variables have no effect and are not looked at; SONDE_ ones have', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1',
    OTEL_METRIC_EXPORT_INTERVAL: 'garbage',
    SONDE_SCOPE: 'host',
  };
  const config = loadFile([], { env });
  assert.equal(config.metrics, undefined);
  assert.equal(config.scope, 'host');
});

test('a replaced plain value is retyped, a quoted one stays text, $$ is a dollar', () => {
  const sonde = (block: string, env = {}) => loadFile(['distribution:', '  sonde:', `    ${block}`], { env });
  assert.equal(sonde('series_per_container: ${N}', { N: '123' }).seriesPerContainer, 123);
  assert.equal(sonde('host_name: "$${N}"').hostName, '${N}');
  assert.equal(sonde('host_name: ${UNSET}').hostName, undefined);
  assert.equal(sonde('host_name: ${env:H:-a b}').hostName, 'a b');
  // What a variable holds can't bring structure into the file.
  assert.equal(sonde('host_name: ${EVIL}', { EVIL: '{a: b}' }).hostName, '{a: b}');
});

test('every own setting can stand in the file, lists as lists', () => {
  const samples: Readonly<Record<string, string>> = {
    data_dir: '/d',
    scope: 'host',
    cgroup_root: '/r',
    syscalls: '"off"',
    series_per_container: '200',
    queue_limit: '2MiB',
    docker_host: '"off"',
    proc: '/p',
    cgroup_dir: '/c',
    log_level: 'debug',
    span_ratio: '0.5',
    spans_per_second: '9',
  };
  const before = JSON.stringify(loadFile([]));
  for (const key of OWN_FILE_SETTINGS.keys()) {
    const value = samples[key] ?? (/labels|names|images/.test(key) ? '[a, "b*"]' : 'text');
    const config = loadFile([`distribution: {sonde: {${key}: ${value}}, other: {x: 1}}`]);
    assert.notEqual(JSON.stringify(config), before, `${key} changes nothing`);
  }
  const config = loadFile(['distribution: {sonde: {include_names: [a, "b*"]}}']);
  assert.deepEqual(config.filter.includeNames, ['a', 'b*']);
});

test('bad values are refused with their path in the file', () => {
  const problems = problemsOf(() =>
    loadFile([
      'tracer: {}',
      'distribution: {sonde: {syscalls: everything, syscall: x, include_names: {a: b}}}',
      'meter_provider: {readers: [{periodic: {interval: soon, exporter: {otlp_http: {encoding: json, endpont: x}}}}]}',
    ]),
  );
  const at = 'meter_provider.readers[0].periodic';
  assert.deepEqual(
    problems.map(({ code, path }) => `${code} ${path}`),
    [
      'SND_CFG_UNKNOWN tracer',
      `SND_CFG_UNKNOWN ${at}.exporter.otlp_http.endpont`,
      `SND_CFG_VALUE ${at}.exporter.otlp_http.encoding`,
      'SND_CFG_UNKNOWN distribution.sonde.syscall',
      'SND_CFG_VALUE distribution.sonde.include_names',
      'SND_CFG_VALUE distribution.sonde.syscalls',
      `SND_CFG_VALUE ${at}.interval`,
    ],
  );
});

test('what sonde cannot do is refused, what has no effect on it is told', () => {
  for (const reader of ['pull: {exporter: {}}', 'periodic: {exporter: {console: {}}}', 'periodic: {exporter: {}}'])
    assert.ok(problemsOf(() => loadFile([`meter_provider: {readers: [{${reader}}]}`])).length > 0, reader);
  const two = '{periodic: {exporter: {otlp_grpc: {}}}}';
  assert.equal(
    problemsOf(() => loadFile([`meter_provider: {readers: [${two}, ${two}]}`]))[0]?.path,
    'meter_provider.readers',
  );
  const config = loadFile([
    'tracer_provider: {processors: [], limits: {}}',
    'meter_provider: {readers: null, views: []}',
  ]);
  assert.deepEqual(config.ignored, ['meter_provider.views', 'tracer_provider.limits']);
});

test('a file that is missing, no YAML, of another format, or a bomb is one coded error', () => {
  const first = (content: string, env = {}) =>
    problemsOf(() => load({ env: { OTEL_CONFIG_FILE: '/c', ...env }, files: { '/c': content } }))[0];
  assert.match(problemsOf(() => load({ argv: ['--config', '/none'] }))[0]?.detail ?? '', /cannot be read \(ENOENT\)/);
  assert.equal(first('a: [b')?.code, 'SND_CFG_FILE');
  assert.equal(first('file_format: "0.4"')?.path, 'file_format');
  assert.equal(first('file_format: 1.0')?.path, 'file_format');
  assert.equal(first('')?.path, 'file_format');
  assert.equal(first('- just\n- a list')?.code, 'SND_CFG_VALUE');
  assert.match(first('file_format: "1.0"\nx: ${A:?b}')?.detail ?? '', /unreadable \$\{…\} at line 2/);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]`),
  ];
  assert.equal(first(bomb.join('\n'))?.code, 'SND_CFG_FILE');
  assert.equal(first('['.repeat(100_000))?.code, 'SND_CFG_FILE');
  assert.equal(first(' '.repeat(2_000_000))?.code, 'SND_CFG_FILE');
});

test('a syntax error does not quote the line it is in', () => {
  const secret = 'hunter2hunter2';
  const [problem] = problemsOf(() => loadFile([`headers: [{name: a, value: ${secret}`]));
  assert.equal(problem?.code, 'SND_CFG_FILE');
  assert.ok(!JSON.stringify(problem).includes(secret));
});

test('the rest of the file is checked against the standard schema by the OpenTelemetry library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-config-'));
  try {
    const path = join(folder, 'c.yaml');
    writeFileSync(path, 'file_format: "1.0"\ntracer_provider: {processors: 7}\n');
    const [problem] = problemsOf(() => checkFileSchema(path));
    assert.equal(problem?.code, 'SND_CFG_FILE');
    assert.match(problem?.detail ?? '', /tracer_provider\/processors/);
    writeFileSync(path, ['file_format: "1.0"', ...READER, 'distribution: {sonde: {syscalls: "off"}}'].join('\n'));
    checkFileSchema(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/problem.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { load, loadFile, problemsOf } from './load-with.ts';

test('with nothing given: the defaults, and nothing is exported', () => {
  const config = load({});
  assert.equal(config.dataDir, '/var/lib/sonde');
  assert.equal(config.scope, 'containers');
  assert.equal(config.syscalls, 'count');
  assert.equal(config.cgroupRoot, '/');
  assert.equal(config.queueLimitBytes, 256 * 1024 ** 2);
  assert.equal(config.seriesPerContainer, 2000);
  assert.equal(config.serviceName, 'sonde');
  assert.equal(config.metrics, undefined);
});

test('a flag beats a variable, a variable the file, the file the default', () => {
  const file = ['distribution: {sonde: {syscalls: "off", scope: host, host_name: f, host_id: f}}'];
  const config = loadFile(file, {
    argv: ['--syscalls', 'latency'],
    env: { SONDE_SYSCALLS: 'count', SONDE_HOST_NAME: 'v' },
  });
  assert.equal(config.syscalls, 'latency');
  assert.equal(config.hostName, 'v');
  assert.equal(config.hostId, 'f');
  assert.equal(config.scope, 'host');
  assert.equal(config.procDir, '/proc');
});

test('flags: with a space, with =, alone where true or false', () => {
  assert.equal(load({ argv: ['--host-name=a=b'] }).hostName, 'a=b');
  assert.equal(load({ argv: ['--insecure', '--endpoint', 'c:4317'] }).metrics?.isInsecure, true);
  assert.equal(load({ argv: ['--insecure=false', '--endpoint', 'c:4317'] }).metrics?.isInsecure, false);
});

test('every setting of the table reaches the configuration by each of its variables', () => {
  const samples: Readonly<Record<string, string>> = {
    DOCKER_HOST: 'unix:///run/d.sock',
    SONDE_QUEUE_LIMIT: '2 GiB',
    SONDE_SERIES_PER_CONTAINER: '150',
    SONDE_LOG_LEVEL: 'debug',
    OTEL_LOG_LEVEL: 'warn',
    SONDE_SCOPE: 'host',
    SONDE_SYSCALLS: 'off',
    OTEL_SERVICE_NAME: 'own',
    OTEL_RESOURCE_ATTRIBUTES: 'a=b',
    SONDE_DATA_DIR: '/d',
    SONDE_CGROUP_ROOT: '/r',
    SONDE_PROC: '/p',
    SONDE_CGROUP_DIR: '/c',
    SONDE_SPAN_RATIO: '.25',
    SONDE_SPANS_PER_SECOND: '7',
  };
  const text = JSON.stringify(load({}));
  for (const setting of Object.values(SETTINGS)) {
    for (const variable of setting.env) {
      // The OTLP variables have their own tests, in otlp.test.ts.
      if (/^OTEL_(EXPORTER|METRIC|TRACES|SDK|CONFIG)/.test(variable)) continue;
      const changed = JSON.stringify(load({ env: { [variable]: samples[variable] ?? 'a,b' } }));
      assert.notEqual(changed, text, `${variable} changes nothing`);
    }
  }
});

test('everything wrong is told at once, with place, value and what is allowed', () => {
  const problems = problemsOf(() =>
    load({
      argv: ['--scope', 'pods'],
      env: { SONDE_SYSCALLS: 'all', OTEL_METRIC_EXPORT_INTERVAL: 'abc', SONDE_DATA_DIR: 'relative' },
    }),
  );
  assert.deepEqual(
    problems.map(({ code, path, detail }) => `${code} ${path} ${detail}`),
    [
      'SND_CFG_VALUE SONDE_DATA_DIR has the bad value "relative"; allowed: an absolute path without ".."',
      'SND_CFG_VALUE --scope has the bad value "pods"; allowed: containers, host',
      'SND_CFG_VALUE SONDE_SYSCALLS has the bad value "all"; allowed: off, count, latency',
      'SND_CFG_VALUE OTEL_METRIC_EXPORT_INTERVAL has the bad value "abc"; allowed: whole milliseconds from 100 to 3600000',
    ],
  );
});

test('unknown SONDE_ variables and flags are refused, and the nearest name is told', () => {
  const problems = problemsOf(() =>
    load({ argv: ['--syscall', 'off'], env: { SONDE_SYSCALL: 'off', SONDE_XYZZY: '1' } }),
  );
  assert.deepEqual(
    problems.map(({ code, path, detail }) => `${code} ${path} ${detail}`),
    [
      'SND_CFG_UNKNOWN --syscall is not known; did you mean --syscalls?',
      'SND_CFG_UNKNOWN SONDE_SYSCALL is not known; did you mean SONDE_SYSCALLS?',
      'SND_CFG_UNKNOWN SONDE_XYZZY is not known',
    ],
  );
});

test('words without a flag, and a flag without its value, are bad usage', () => {
  assert.equal(problemsOf(() => load({ argv: ['stray'] }))[0]?.code, 'SND_CFG_USAGE');
  assert.equal(problemsOf(() => load({ argv: ['--scope'] }))[0]?.code, 'SND_CFG_USAGE');
  assert.equal(problemsOf(() => load({ argv: ['--scope', '--insecure'] }))[0]?.code, 'SND_CFG_USAGE');
});

test('an empty variable is as good as none', () => {
  assert.equal(load({ env: { SONDE_SYSCALLS: '', OTEL_METRIC_EXPORT_INTERVAL: '' } }).syscalls, 'count');
});

test('secrets are never shown: not headers, not what stands before the @ of a URL', () => {
  const secret = 'hunter2hunter2';
  for (const env of [
    { OTEL_EXPORTER_OTLP_HEADERS: `${secret}` },
    { OTEL_EXPORTER_OTLP_METRICS_HEADERS: `authorization=Bearer ${secret}%` },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${secret}@collector:4317` },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `user:${secret}@collector` },
  ]) {
    try {
      load({ env });
      assert.fail(`${JSON.stringify(env)} was accepted`);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      assert.ok(!`${error.message}${error.stack}${JSON.stringify(error.problems)}`.includes(secret), error.message);
    }
  }
});

test('lists, byte sizes and paths', () => {
  assert.deepEqual(load({ env: { SONDE_INCLUDE_NAMES: ' web-*, db ,,' } }).filter.includeNames, ['web-*', 'db']);
  assert.equal(load({ env: { SONDE_QUEUE_LIMIT: '1.5GiB' } }).queueLimitBytes, 1.5 * 1024 ** 3);
  assert.equal(load({ env: { SONDE_QUEUE_LIMIT: '20 MB' } }).queueLimitBytes, 20e6);
  assert.equal(problemsOf(() => load({ env: { SONDE_QUEUE_LIMIT: '5 parsecs' } })).length, 1);
  assert.equal(load({ env: { SONDE_CGROUP_ROOT: '//a//b/' } }).cgroupRoot, '/a/b');
  assert.equal(load({ env: { SONDE_CGROUP_ROOT: '/' } }).cgroupRoot, '/');
  assert.equal(problemsOf(() => load({ env: { SONDE_CGROUP_ROOT: '/a/../b' } })).length, 1);
});

test('names are compared without case, as OpenTelemetry asks', () => {
  assert.equal(load({ env: { SONDE_SYSCALLS: 'OFF' } }).syscalls, 'off');
  assert.equal(load({ env: { OTEL_LOG_LEVEL: 'WARN' } }).logLevel, 'warn');
  assert.equal(load({ env: { OTEL_LOG_LEVEL: 'verbose' } }).logLevel, 'debug');
  assert.equal(load({ env: { OTEL_LOG_LEVEL: 'warn', SONDE_LOG_LEVEL: 'error' } }).logLevel, 'error');
});

test('cloud settings and resource attributes are on every resource, the service name is not', () => {
  const config = load({
    env: {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=agent,deployment.environment=a%2Cb,cloud.region=x',
      SONDE_CLOUD_REGION: 'eu-1',
      SONDE_CLOUD_ZONE: 'eu-1a',
    },
  });
  assert.equal(config.serviceName, 'agent');
  assert.deepEqual(config.resourceAttributes, {
    'deployment.environment': 'a,b',
    'cloud.region': 'eu-1',
    'cloud.availability_zone': 'eu-1a',
  });
  const both = load({ env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' } });
  assert.equal(both.serviceName, 'b');
});

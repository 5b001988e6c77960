import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundedMap, boundedName, boundedNames } from '../../../src/identify/bounds.ts';
import { detailsFromInspect, parseEvent } from '../../../src/identify/docker-api/details.ts';
import { negotiate } from '../../../src/identify/docker-api/docker-api.ts';
import { describeEndpoint, parseDockerHost } from '../../../src/identify/docker-api/docker-host.ts';
import { createLineSplitter } from '../../../src/identify/docker-api/event-lines.ts';
import { parseImageName } from '../../../src/identify/docker-api/image-name.ts';
import { matchesGlob } from '../../../src/identify/glob.ts';
import { readOtelEnvironment } from '../../../src/identify/otel-environment.ts';
import { cleanText } from '../../../src/model/clean-text.ts';

const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 200, maxLength: 900 }));

test('clean text: well-formed, no controls, bounded, and untouched when it is fine', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 2, max: 300 }), (text, limit) => {
      const clean = cleanText(text, limit);
      assert.ok(clean.isWellFormed());
      assert.ok(clean.length <= limit);
      assert.doesNotMatch(clean, /\p{Cc}/u);
      assert.equal(cleanText(clean, limit), clean);
    }),
    { numRuns: 1_000 },
  );
  assert.equal(cleanText('café 日本', 255), 'café 日本');
  assert.equal(cleanText('x'.repeat(4_096), 10), `${'x'.repeat(9)}…`);
  // The pair that does not fit goes whole.
  assert.equal(cleanText(`${'x'.repeat(8)}😀yy`, 10), `${'x'.repeat(8)}…`);
  assert.equal(cleanText('a\u202eb\u0000c\ud800', 10), 'a\ufffdb\ufffdc\ufffd');
});

test('names and maps: wrong types are left out, numbers of entries bounded', () => {
  assert.equal(boundedName(5), undefined);
  assert.equal(boundedName('  '), undefined);
  assert.equal(boundedName(' a '), 'a');
  assert.deepEqual(boundedNames(['a', 5, '', 'b']), ['a', 'b']);
  assert.equal(boundedNames(Array.from({ length: 99 }, () => 'x')).length, 16);
  assert.deepEqual(boundedNames('a'), []);
  assert.deepEqual(boundedMap(null), {});
  assert.deepEqual(boundedMap({ a: 'b', c: 5, '': 'd', e: '' }), { a: 'b', e: '' });
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 'v']));
  assert.equal(Object.keys(boundedMap(many)).length, 256);
  const evil = JSON.parse('{"__proto__": "x", "constructor": "y"}') as unknown;
  const clean = boundedMap(evil);
  assert.deepEqual(Object.keys(clean), ['constructor']);
  assert.equal(Object.getPrototypeOf(clean), Object.prototype);
});

test('image names', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['nginx', 'nginx', ['latest']],
    ['nginx:1.27', 'nginx', ['1.27']],
    ['localhost:5000/team/app', 'localhost:5000/team/app', ['latest']],
    ['localhost:5000/team/app:v2', 'localhost:5000/team/app', ['v2']],
    [`app:v2@sha256:${'a'.repeat(64)}`, 'app', ['v2']],
    [`app@sha256:${'a'.repeat(64)}`, 'app', []],
    [`sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`, []],
    ['d5058ca52609', 'd5058ca52609', []],
  ];
  for (const [reference, imageName, imageTags] of cases) {
    assert.deepEqual(parseImageName(reference), { imageName, imageTags }, reference);
  }
  assert.deepEqual(parseImageName(undefined), { imageName: undefined, imageTags: [] });
});

test('DOCKER_HOST', () => {
  assert.deepEqual(parseDockerHost(undefined), { socketPath: '/var/run/docker.sock' });
  assert.deepEqual(parseDockerHost('unix:///run/x.sock'), { socketPath: '/run/x.sock' });
  assert.equal(parseDockerHost('off'), undefined);
  assert.deepEqual(parseDockerHost('tcp://10.0.0.1:80'), { protocol: 'http', host: '10.0.0.1', port: 80 });
  assert.deepEqual(parseDockerHost('tcp://h'), { protocol: 'http', host: 'h', port: 2375 });
  assert.deepEqual(parseDockerHost('https://[::1]'), { protocol: 'https', host: '::1', port: 2376 });
  for (const bad of ['npipe:////./pipe', 'ssh://me@host', 'garbage', 'tcp://', 'tcp://h:99999']) {
    assert.throws(() => parseDockerHost(bad), { code: 'SND_IDN_DOCKER_HOST' }, bad);
  }
  assert.equal(describeEndpoint({ socketPath: '/a' }), 'unix:///a');
  assert.equal(describeEndpoint({ protocol: 'http', host: 'h', port: 1 }), 'http://h:1');
});

test('API version: ours where the daemon speaks it, else its nearest', () => {
  assert.equal(negotiate({ ApiVersion: '1.41', MinAPIVersion: '1.12' }), '1.41');
  assert.equal(negotiate({ ApiVersion: '1.52', MinAPIVersion: '1.44' }), '1.44');
  assert.equal(negotiate({ ApiVersion: '1.24', MinAPIVersion: '1.12' }), '1.24');
  assert.equal(negotiate({ ApiVersion: '1.9' }), '1.9');
  assert.equal(negotiate({ ApiVersion: { evil: 1 }, MinAPIVersion: '../..' }), '1.41');
  assert.equal(negotiate(null), '1.41');
});

test('inspect and events: any JSON is details or nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      const details = detailsFromInspect('docker', value);
      assert.ok(details === undefined || details.name.length > 0);
      parseEvent('docker', JSON.stringify(value));
      parseEvent('docker', text);
    }),
  );
  const loose = { Name: '/a', Config: { Image: 5, Labels: { a: 1, b: 'x' }, Env: 'no list' }, RestartCount: 'x' };
  assert.deepEqual(detailsFromInspect('docker', loose), {
    runtime: 'docker',
    name: 'a',
    imageName: undefined,
    imageTags: [],
    labels: { b: 'x' },
    environment: { serviceName: undefined, attributes: {} },
    restarts: undefined,
  });
});

test('an event has name, image and labels, without what is the event’s own', () => {
  const line = JSON.stringify({
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'abc', Attributes: { name: 'web', image: 'app:2', exitCode: '1', execDuration: '0', team: 'x' } },
    time: 1_700_000_000,
  });
  const event = parseEvent('docker', line);
  assert.equal(event?.id, 'abc');
  assert.equal(event?.timeS, 1_700_000_000);
  assert.equal(event?.details?.name, 'web');
  assert.deepEqual(event?.details?.labels, { team: 'x' });
  assert.deepEqual(event?.details?.imageTags, ['2']);
  assert.equal(parseEvent('docker', line.replace('"container"', '"network"')), undefined);
});

test('lines: however the stream is cut, also within a character; an endless one is skipped', () => {
  const lines: string[] = [];
  let skipped = 0;
  const split = createLineSplitter(
    (line) => lines.push(line),
    () => skipped++,
  );
  const bytes = Buffer.from('{"a":"é日"}\n\n{"b":2}\r\n');
  for (const byte of bytes) split(Buffer.from([byte]));
  assert.deepEqual(lines, ['{"a":"é日"}', '{"b":2}']);
  for (let i = 0; i < 40; i++) split(Buffer.alloc(65_536, 'x'));
  split(Buffer.from('tail\n{"c":3}\n'));
  assert.equal(skipped, 1);
  assert.deepEqual(lines.slice(2), ['{"c":3}']);
});

test('globs', () => {
  assert.ok(matchesGlob('*', ''));
  assert.ok(matchesGlob('a*c*', 'abcd'));
  assert.ok(matchesGlob('*canary', 'my-canary'));
  assert.ok(!matchesGlob('a', 'ab'));
  assert.ok(!matchesGlob('a.c', 'abc'));
  assert.ok(!matchesGlob('', 'a'));
  const startedMs = performance.now();
  assert.ok(!matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(255)));
  assert.ok(performance.now() - startedMs < 200);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }),
      fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }),
      (p, t) => {
        const expected = new RegExp(`^${p.join('').replaceAll('*', '.*')}$`).test(t.join(''));
        assert.equal(matchesGlob(p.join(''), t.join('')), expected);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('environment: only OpenTelemetry’s words, decoded and bounded', () => {
  const environment = readOtelEnvironment([
    'PASSWORD=secret',
    'OTEL_SERVICE_NAME=shop',
    'OTEL_RESOURCE_ATTRIBUTES=service.namespace=a%20b, service.version = 2 ,host.name=evil,deployment.environment.name=prod,broken,=x,service.name=%zz',
    42,
  ]);
  assert.deepEqual(environment, {
    serviceName: 'shop',
    attributes: {
      'service.namespace': 'a b',
      'service.version': '2',
      'deployment.environment.name': 'prod',
      'service.name': '%zz',
    },
  });
  assert.deepEqual(readOtelEnvironment([]), { serviceName: undefined, attributes: {} });
});

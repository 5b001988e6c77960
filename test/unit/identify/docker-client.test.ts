import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createDockerClient } from '../../../src/identify/docker-api/docker-client.ts';
import type { RuntimeClient } from '../../../src/identify/runtimes/runtime.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { createLog } from '../../../src/self/log.ts';
import { waitUntil } from '../../harness/wait.ts';
import { createManualClock } from '../manual-clock.ts';
import { type FakeDaemon, startFakeDaemon } from './fake-daemon.ts';

let daemon: FakeDaemon;
let client: RuntimeClient | undefined;
beforeEach(async () => {
  daemon = await startFakeDaemon();
});
afterEach(async () => {
  client?.close();
  await daemon.close();
});

function connect(socketPath = daemon.socketPath) {
  const clock = createManualClock();
  const ledger = createLedger();
  const seen = { changed: [] as string[], recovered: 0, log: [] as string[] };
  const log = createLog('debug', (line) => seen.log.push(line));
  const created = createDockerClient(
    { name: 'docker', socketPath },
    {
      clock,
      ledger,
      log,
      changed: (id, isRenamed) => seen.changed.push(isRenamed ? `${id} renamed` : id),
      recovered: () => seen.recovered++,
    },
  );
  client = created;
  const isUp = () => created.state().state === 'connected';
  /** Real time passes for the sockets, the clock's for back-off. */
  const tick = (ms = 1_000) => {
    clock.advance(ms);
    created.tick();
  };
  const counted = (reason: string) => ledger.rows().find((row) => row.reason === reason)?.count ?? 0;
  return {
    client: created,
    clock,
    seen,
    tick,
    counted,
    up: () => waitUntil('the connection', isUp, Boolean, 5_000, 5),
  };
}

const event = (id: string, name: string, action = 'start'): string =>
  `${JSON.stringify({ Type: 'container', Action: action, time: 1_700_000_100, Actor: { ID: id, Attributes: { name, image: 'app:1', team: 'x' } } })}\n`;

test('connects, asks in the negotiated version, and only reads', async () => {
  const { client: docker, up, seen } = connect();
  await up();
  daemon.containers.set('abc', {
    Name: '/web',
    Config: { Image: 'app:1', Env: ['OTEL_SERVICE_NAME=shop'] },
    RestartCount: 2,
  });
  const answer = await docker.lookUp('abc');
  assert.equal(answer.kind, 'found');
  assert.equal(answer.kind === 'found' ? answer.details.environment?.serviceName : '', 'shop');
  assert.deepEqual(await docker.lookUp('other'), { kind: 'unknown' });
  assert.equal(seen.recovered, 1);
  assert.ok(
    daemon.requests.every((line) => line.startsWith('GET ')),
    daemon.requests.join('\n'),
  );
  assert.ok(daemon.requests.some((line) => line.startsWith('GET /v1.41/containers/abc/json')));
  assert.ok(daemon.requests.some((line) => line.startsWith('GET /v1.41/events')));
});

test('a container gone before it was asked about has the name its events told', async () => {
  const { client: docker, up, seen } = connect();
  await up();
  daemon.emit(event('dead1', 'short-lived', 'create') + event('dead1', 'short-lived', 'die'));
  await waitUntil(
    'the events',
    () => seen.changed.length,
    (count) => count === 2,
    2_000,
    5,
  );
  const answer = await docker.lookUp('dead1');
  assert.equal(answer.kind === 'found' ? answer.details.name : '', 'short-lived');
  assert.deepEqual(answer.kind === 'found' ? answer.details.labels : {}, { team: 'x' });
  daemon.emit(event('dead1', 'newer', 'rename'));
  await waitUntil(
    'the rename',
    () => seen.changed.at(-1),
    (last) => last === 'dead1 renamed',
    2_000,
    5,
  );
});

test('more events than it remembers, rubbish between them, an endless line: bounded and counted', async () => {
  const { client: docker, up, counted } = connect();
  await up();
  daemon.emit('rubbish\n{"Type":"network"}\n[]\n');
  daemon.emit(`${'x'.repeat(3_000_000)}\n`);
  for (let i = 0; i < 5_000; i++) daemon.emit(event(`id${i}`, `name${i}`));
  await waitUntil(
    'all of them',
    () => counted('runtime-event-cache'),
    (count) => count === 5_000 - 4_096,
    5_000,
    10,
  );
  assert.equal(counted('runtime-event-unreadable'), 3);
  assert.equal(counted('runtime-event-too-long'), 1);
  assert.equal((await docker.lookUp('id0')).kind, 'unknown');
  assert.equal((await docker.lookUp('id4999')).kind, 'found');
});

test('the stream ends: connected again after a pause, from where it broke, and told so', async () => {
  const { tick, up, seen, client: docker } = connect();
  await up();
  daemon.emit(event('a', 'a'));
  await waitUntil(
    'the event',
    () => seen.changed.length,
    (count) => count === 1,
    2_000,
    5,
  );
  daemon.cut();
  await waitUntil(
    'the loss',
    () => docker.state().state,
    (state) => state === 'unreachable',
    2_000,
    5,
  );
  assert.deepEqual(await docker.lookUp('zzz'), { kind: 'unavailable' });
  tick(100);
  assert.equal(seen.recovered, 1);
  tick(2_000);
  await up();
  assert.equal(seen.recovered, 2);
  assert.ok(daemon.requests.at(-1)?.includes('since=1700000100'), daemon.requests.at(-1));
  assert.equal(seen.log.filter((line) => line.includes('SND_IDN_DOCKER_UNREACHABLE')).length, 1);
});

test('hangs: each question ends, the third unanswered one ends the asking', async () => {
  const { up, client: docker, counted } = connect();
  await up();
  daemon.isHanging = true;
  const startedAtMs = performance.now();
  const answers = await Promise.all(['a', 'b', 'c'].map((id) => docker.lookUp(id)));
  assert.ok(performance.now() - startedAtMs < 4_500);
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['unavailable', 'unavailable', 'unavailable'],
  );
  assert.equal(docker.state().state, 'unreachable');
  assert.equal(counted('runtime-look-up-failed'), 3);
  const before = daemon.requests.length;
  assert.equal((await docker.lookUp('d')).kind, 'unavailable');
  assert.equal(daemon.requests.length, before);
});

test('a stream that never opens does not hold the next try', async () => {
  daemon.hasNoEvents = true;
  const { tick, up, client: docker, seen } = connect();
  await waitUntil(
    'it to be given up',
    () => seen.log.length,
    (count) => count === 1,
    8_000,
    50,
  );
  assert.match(seen.log[0] ?? '', /no answer to events/);
  assert.equal(docker.state().state, 'unreachable');
  daemon.hasNoEvents = false;
  tick(2_000);
  await up();
});

test('answers that are no JSON, or not an inspection: unknown or unavailable, never an error', async () => {
  const { up, client: docker } = connect();
  await up();
  for (const [id, answer] of Object.entries({ a: '<html>', b: [], c: { Name: 5 }, d: '{"Name":', e: null })) {
    daemon.containers.set(id, answer);
    assert.ok(['unknown', 'unavailable'].includes((await docker.lookUp(id)).kind), id);
  }
});

test('no socket: absent without a word, found when it appears', async () => {
  const { client: docker, seen, tick } = connect('/nowhere/docker.sock');
  assert.equal(docker.state().state, 'absent');
  tick(5_000);
  assert.equal(docker.state().state, 'absent');
  assert.deepEqual(seen.log, []);
  assert.deepEqual(await docker.lookUp('a'), { kind: 'unavailable' });
});

test('closed: nothing is asked any more', async () => {
  const { client: docker, up, tick } = connect();
  await up();
  docker.close();
  const before = daemon.requests.length;
  tick(60_000);
  assert.equal((await docker.lookUp('a')).kind, 'unavailable');
  assert.equal(daemon.requests.length, before);
});

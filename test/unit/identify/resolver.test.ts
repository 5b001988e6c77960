import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/identify/entry.ts';
import { createFilter } from '../../../src/identify/filter.ts';
import { createNaming } from '../../../src/identify/naming.ts';
import { createResolver } from '../../../src/identify/resolver.ts';
import { claimPath } from '../../../src/identify/runtimes/registry.ts';
import type { LookUp, RuntimeClient, RuntimeDetails, RuntimeState } from '../../../src/identify/runtimes/runtime.ts';
import { slotOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { createManualClock } from '../manual-clock.ts';

const idOf = (n: number): string => n.toString(16).padStart(64, '0');

function makeEntry(cgroupPath: string, openedAtMs: number): Entry {
  const claimed = claimPath(cgroupPath);
  return {
    container: {
      key: `0:${cgroupPath}`,
      slot: slotOf(1),
      cgroupPath,
      startedMs: openedAtMs,
      isPreexisting: false,
      initPid: undefined,
      identity: undefined,
      endedMs: undefined,
    },
    claim: claimed?.claim,
    specName: claimed?.runtime,
    dir: '/nowhere',
    openedBootNs: 0,
    openedAtMs,
    environment: undefined,
    processName: 'sh',
    details: undefined,
    isFiltered: false,
    isAsking: false,
    isStale: false,
    attempts: 0,
    nextAskAtMs: openedAtMs,
    isMissing: false,
    isReleased: false,
  };
}

function makeDetails(name: string): RuntimeDetails {
  return {
    runtime: 'docker',
    name,
    imageName: undefined,
    imageTags: [],
    labels: {},
    environment: undefined,
    restarts: 0,
  };
}

function makeClient(name: string, lookUp: (id: string) => Promise<LookUp>, state: RuntimeState['state'] = 'connected') {
  const asked: string[] = [];
  const client: RuntimeClient = {
    lookUp(id) {
      asked.push(id);
      return lookUp(id);
    },
    state: () => ({ name, state, endpoint: undefined, detail: undefined }),
    tick: () => undefined,
    close: () => undefined,
  };
  return { client, asked };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

function makeResolver(clients: Readonly<Record<string, RuntimeClient>>) {
  const clock = createManualClock();
  const ledger = createLedger();
  const named: string[] = [];
  const resolver = createResolver({
    ledger,
    clock,
    clients: new Map(Object.entries(clients)),
    named(entry, details) {
      entry.details = details;
      named.push(details.name);
    },
  });
  const counted = (reason: string) => ledger.rows().find((row) => row.reason === reason)?.count ?? 0;
  return { resolver, clock, named, counted };
}

test('eight questions at a time, a bounded queue, the rest counted and asked again by ticks', async () => {
  const waiting: ((answer: LookUp) => void)[] = [];
  const { client, asked } = makeClient('docker', () => new Promise((resolve) => waiting.push(resolve)));
  const { resolver, clock, counted, named } = makeResolver({ docker: client });
  const entries = Array.from({ length: 5_000 }, (_, i) => makeEntry(`/docker/${idOf(i)}`, clock.monotonicMs()));
  for (const entry of entries) resolver.ask(entry);
  assert.equal(asked.length, 8);
  assert.equal(counted('look-up-queue-full'), 5_000 - 8 - 4_096);
  while (waiting.length > 0) {
    for (const answer of waiting.splice(0)) answer({ kind: 'found', details: makeDetails('x') });
    await settle();
  }
  assert.equal(named.length, 8 + 4_096);
  clock.advance(1_000);
  resolver.tick(entries);
  while (waiting.length > 0) {
    for (const answer of waiting.splice(0)) answer({ kind: 'found', details: makeDetails('x') });
    await settle();
  }
  assert.equal(named.length, 5_000);
  assert.equal(new Set(asked).size, 5_000);
});

test('an id nobody knows is asked ten times with growing pauses, then no more', async () => {
  const { client, asked } = makeClient('docker', () => Promise.resolve({ kind: 'unknown' }));
  const { resolver, clock } = makeResolver({ docker: client });
  const entry = makeEntry(`/docker/${idOf(1)}`, clock.monotonicMs());
  for (let i = 0; i < 600; i++) {
    resolver.tick([entry]);
    await settle();
    clock.advance(1_000);
  }
  assert.equal(asked.length, 10);
});

test('what changes while it is being asked about is asked again', async () => {
  let answer: (value: LookUp) => void = () => undefined;
  const { client, asked } = makeClient('docker', () => new Promise((resolve) => (answer = resolve)));
  const { resolver, clock, named } = makeResolver({ docker: client });
  const entry = makeEntry(`/docker/${idOf(1)}`, clock.monotonicMs());
  resolver.ask(entry);
  resolver.ask(entry);
  assert.equal(asked.length, 1);
  answer({ kind: 'found', details: makeDetails('old') });
  await settle();
  answer({ kind: 'found', details: makeDetails('new') });
  await settle();
  assert.deepEqual(named, ['old', 'new']);
});

test('who is asked: the path’s runtime; a pod’s bare id, everybody; a named path without API, nobody', async () => {
  const docker = makeClient('docker', () => Promise.resolve({ kind: 'unknown' }));
  const podman = makeClient('podman', () => Promise.resolve({ kind: 'unknown' }));
  const { resolver, clock } = makeResolver({ docker: docker.client, podman: podman.client });
  const uid = '8a6b2c3d-1111-2222-3333-444455556666';
  const paths = {
    docker: `/docker/${idOf(1)}`,
    podman: `/machine.slice/libpod-${idOf(2)}.scope`,
    pod: `/kubepods/pod${uid}/${idOf(3)}`,
    containerd: `/kubepods/pod${uid}/cri-containerd-${idOf(4)}.scope`,
    lxc: '/lxc/web',
    none: '/batch',
  };
  const entries = Object.values(paths).map((path) => makeEntry(path, clock.monotonicMs()));
  for (const entry of entries) resolver.ask(entry);
  await settle();
  assert.deepEqual(docker.asked, [idOf(1), idOf(3)]);
  assert.deepEqual(podman.asked, [idOf(2), idOf(3)]);
  assert.deepEqual(entries.map(resolver.canBeNamed), [true, true, true, false, false, false]);
});

test('a client that breaks its word and throws loses one answer', async () => {
  const { client } = makeClient('docker', () => Promise.reject(new Error('broken')));
  const { resolver, clock, counted } = makeResolver({ docker: client });
  resolver.ask(makeEntry(`/docker/${idOf(1)}`, clock.monotonicMs()));
  await settle();
  assert.equal(counted('look-up-failed'), 1);
});

test('makeshift names: after a second where nobody can name it, after five where somebody might', () => {
  const clock = createManualClock();
  const options = { host: { id: 'h', name: 'h', attributes: {} }, labelAllowList: [] };
  const noFilter = {
    includeNames: [],
    excludeNames: [],
    includeLabels: [],
    excludeLabels: [],
    includeImages: [],
    excludeImages: [],
  };
  const refused: Entry[] = [];
  const namingWith = (canBeNamed: boolean, includeNames: string[] = []) =>
    createNaming(options, createFilter({ ...noFilter, includeNames }), {
      clock,
      canBeNamed: () => canBeNamed,
      refuse: (entry) => refused.push(entry),
    });
  const entry = makeEntry(`/docker/${idOf(1)}`, clock.monotonicMs());
  const identityOf = () => entry.container.identity;
  clock.advance(4_900);
  namingWith(true).byPath(entry);
  assert.equal(identityOf(), undefined);
  clock.advance(200);
  // A filter waits for the real name while there is somebody to give it.
  namingWith(true, ['web']).byPath(entry);
  assert.equal(identityOf(), undefined);
  assert.deepEqual(refused, []);
  namingWith(true).byPath(entry);
  assert.equal(identityOf()?.name, 'sh');
  namingWith(true, ['web']).byRuntime(entry, makeDetails('web'));
  assert.equal(identityOf()?.name, 'web');
  namingWith(true, ['web']).byRuntime(entry, makeDetails('renamed'));
  assert.deepEqual(refused, [entry]);
});

test('an event after the end takes away nothing that the inspection said', () => {
  const clock = createManualClock();
  const naming = createNaming({ host: { id: 'h', name: 'h', attributes: {} }, labelAllowList: [] }, undefined, {
    clock,
    canBeNamed: () => true,
    refuse: () => assert.fail(),
  });
  const entry = makeEntry(`/docker/${idOf(1)}`, clock.monotonicMs());
  naming.byRuntime(entry, { ...makeDetails('web'), restarts: 4, environment: { serviceName: 'shop', attributes: {} } });
  const before = entry.container.identity;
  naming.byRuntime(entry, { ...makeDetails('web'), restarts: undefined });
  assert.equal(entry.container.identity, before);
});

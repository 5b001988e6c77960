import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../../../src/identify/bounded-map.ts';
import { createCgroupPaths } from '../../../src/identify/cgroup-paths.ts';
import { ContainerRegistry } from '../../../src/identify/container-registry.ts';
import type { Entry } from '../../../src/identify/entry.ts';
import { createProcReader } from '../../../src/identify/proc-reader.ts';
import { slotOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';

function makeEntry(n: number): Entry {
  return {
    container: {
      key: `0:${n}`,
      slot: slotOf(n),
      cgroupPath: `/x/${n}`,
      startedMs: 0,
      isPreexisting: false,
      initPid: undefined,
      identity: undefined,
      endedMs: undefined,
    },
    claim: undefined,
    specName: undefined,
    dir: '',
    openedBootNs: 0,
    openedAtMs: 0,
    environment: undefined,
    processName: undefined,
    details: undefined,
    isFiltered: false,
    isAsking: false,
    isStale: false,
    attempts: 0,
    nextAskAtMs: 0,
    isMissing: false,
    isReleased: false,
  };
}

const shedOf = (ledger: ReturnType<typeof createLedger>, reason: string) =>
  ledger.rows().find((row) => row.reason === reason)?.count ?? 0;

test('an ended container is known for five minutes, for a name that comes late', () => {
  const registry = new ContainerRegistry(createLedger());
  const entry = makeEntry(1);
  registry.add(entry);
  assert.equal(registry.at(slotOf(1)), entry);
  entry.container.endedMs = 1_000_000;
  registry.end(entry);
  assert.equal(registry.has('0:1'), false);
  assert.equal(registry.at(slotOf(1)), entry);
  registry.forgetSlot(entry);
  assert.equal(registry.at(slotOf(1)), undefined);
  registry.purge(1_000_000 + 300_000);
  assert.deepEqual([...registry.all()], [entry]);
  registry.purge(1_000_000 + 300_001);
  assert.deepEqual([...registry.all()], []);
});

test('ended ones are bounded, the oldest is shed and counted', () => {
  const ledger = createLedger();
  const registry = new ContainerRegistry(ledger);
  const entries = Array.from({ length: 5_000 }, (_, i) => makeEntry(i + 1));
  for (const entry of entries) {
    registry.add(entry);
    entry.container.endedMs = 1;
    registry.end(entry);
    registry.forgetSlot(entry);
  }
  const known = [...registry.all()];
  assert.equal(known.length, 4_096);
  assert.equal(known[0], entries[5_000 - 4_096]);
  assert.equal(shedOf(ledger, 'ended-containers'), 5_000 - 4_096);
});

test('a slot taken over by the next container is not forgotten with the one before', () => {
  const registry = new ContainerRegistry(createLedger());
  const before = makeEntry(1);
  registry.add(before);
  registry.end(before);
  const after = { ...makeEntry(2), container: { ...makeEntry(2).container, slot: slotOf(1) } };
  registry.add(after);
  registry.forgetSlot(before);
  assert.equal(registry.at(slotOf(1)), after);
});

test('a bounded map keeps what was set last', () => {
  let shed = 0;
  const map = new BoundedMap<string, number>(2, () => shed++);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size, shed], [3, undefined, 4, 2, 1]);
});

test('noted cgroup paths are bounded', () => {
  const ledger = createLedger();
  const paths = createCgroupPaths([], '/', { proc: createProcReader('/nowhere'), ledger });
  for (let i = 0; i < 20_000; i++) {
    paths.note({ kind: 'cgroup-made', bootNs: 0, hierarchyId: 0, cgroupId: String(i), path: `/c${i}` });
  }
  assert.equal(shedOf(ledger, 'cgroup-paths'), 20_000 - 16_384);
  assert.equal(paths.pathOf(0, '19999', 1), '/c19999');
  assert.equal(paths.pathOf(0, '0', 1), undefined);
});

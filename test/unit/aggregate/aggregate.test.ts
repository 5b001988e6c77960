import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAggregate } from '../../../src/aggregate/aggregate.ts';
import type { Container } from '../../../src/model/container.ts';
import { pidOf, slotOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { emptyCells, makeContainer, makeWorld, NAMES, readingsOf, valuesOf, type World } from './fixtures.ts';

function setUp(world: World) {
  const ledger = createLedger();
  const aggregate = createAggregate(
    { hostResource: { 'host.id': 'h' }, attachedMs: 500, seriesPerContainer: 2000 },
    NAMES,
    {
      readings: readingsOf(world),
      clock: { wallMs: () => 9_000, monotonicMs: () => 0, bootToWallMs: (ns) => ns / 1e6 },
      ledger,
    },
  );
  return { aggregate, ledger };
}

const closeOf = (aggregate: ReturnType<typeof setUp>['aggregate'], container: Container, isFilteredOut = false) => {
  let released = 0;
  aggregate.closed(container, isFilteredOut, () => {
    released += 1;
  });
  return () => released;
};

test('a container is exported once its identity is known, with all it did before', () => {
  const world = makeWorld();
  const { aggregate } = setUp(world);
  const container = makeContainer({ identity: undefined });
  aggregate.opened(container);
  world.cells.calls[1] = 12;
  const before = aggregate.collect(2_000).resources.map((r) => r.key);
  assert.deepEqual(before, ['host']);
  container.identity = makeContainer().identity;
  const resource = aggregate.collect(3_000).resources.find((r) => r.key === '0:42');
  assert.equal(valuesOf(resource?.series ?? [])['sonde.syscall.calls{sonde.syscall.class=file.read}'], 12);
});

test('the last second counts, then the series end, once', () => {
  const world = makeWorld();
  const { aggregate } = setUp(world);
  const container = makeContainer();
  aggregate.opened(container);
  aggregate.tick(2_000);
  world.cells.calls[1] = 99;
  world.cells.endedUserNs = 2e9;
  const released = closeOf(aggregate, container);
  assert.equal(released(), 1);
  world.cells = emptyCells();

  const frame = aggregate.tick(3_000);
  assert.equal(frame.containers[0]?.syscalls, 99, 'its last second is in the next frame');
  assert.equal(aggregate.tick(4_000).containers.length, 0);

  const first = aggregate.collect(5_000).resources.find((r) => r.key === '0:42');
  const values = valuesOf(first?.series ?? []);
  assert.equal(values['sonde.syscall.calls{sonde.syscall.class=file.read}'], 99);
  assert.equal(values['container.cpu.time{cpu.mode=user}'], 2);
  const second = aggregate.collect(6_000).resources.find((r) => r.key === '0:42');
  assert.equal(second?.series.length, 0);
  assert.equal(second?.ended.length, first?.series.length);
  assert.equal(
    aggregate.collect(7_000).resources.some((r) => r.key === '0:42'),
    false,
  );
});

test('a container that was filtered out leaves nothing behind', () => {
  const { aggregate } = setUp(makeWorld());
  const container = makeContainer();
  aggregate.opened(container);
  assert.equal(closeOf(aggregate, container, true)(), 1);
  assert.deepEqual(
    aggregate.collect(5_000).resources.map((r) => r.key),
    ['host'],
  );
});

test('a cell that reads lower than before never lowers a counter', () => {
  const world = makeWorld();
  const { aggregate } = setUp(world);
  aggregate.opened(makeContainer());
  world.cells.calls[1] = 5;
  aggregate.tick(1_000);
  world.cells.calls[1] = 4;
  const resource = aggregate.collect(2_000).resources.find((r) => r.key === '0:42');
  assert.equal(valuesOf(resource?.series ?? [])['sonde.syscall.calls{sonde.syscall.class=file.read}'], 5);
});

test('records of a container nobody opened are dropped and counted', () => {
  const { aggregate, ledger } = setUp(makeWorld());
  aggregate.push(makeContainer(), {
    kind: 'oom-killed',
    slot: slotOf(1),
    bootNs: 0,
    pid: pidOf(1),
    name: 'x',
  });
  assert.deepEqual(
    ledger.rows().map(({ stage, outcome, reason }) => [stage, outcome, reason]),
    [['aggregate', 'dropped', 'unknown-container']],
  );
});

test('calls of containers without a slot are reported on the host as overflow', () => {
  const world = makeWorld();
  const { aggregate } = setUp(world);
  world.overflowCells.calls[0] = 3;
  const host = aggregate.collect(2_000).resources.find((r) => r.key === 'host');
  assert.equal(valuesOf(host?.series ?? [])['sonde.syscall.calls{otel.metric.overflow=true}'], 3);
});

test('hot files: the interval’s bytes, and files that fell silent end', () => {
  const world = makeWorld();
  const { aggregate } = setUp(world);
  aggregate.opened(makeContainer());
  const file = { slot: slotOf(1), path: '/data/a', readBytes: 0, writtenBytes: 100 };
  world.hotFiles = [file];
  const key = 'sonde.file.hot{disk.io.direction=write,file.path=/data/a}';
  const read = (atMs: number) => aggregate.collect(atMs).resources.find((r) => r.key === '0:42');
  assert.equal(valuesOf(read(1_000)?.series ?? [])[key], 100);
  world.hotFiles = [{ ...file, writtenBytes: 130 }];
  assert.equal(valuesOf(read(2_000)?.series ?? [])[key], 30);
  const silent = read(3_000);
  assert.equal(valuesOf(silent?.series ?? [])[key], undefined);
  assert.deepEqual(
    silent?.ended.map((s) => s.metric.name),
    ['sonde.file.hot'],
  );
});

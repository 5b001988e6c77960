import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CgroupSeries } from '../../../src/aggregate/cgroup-series.ts';
import { createSeriesSet } from '../../../src/aggregate/series-set.ts';
import type { CgroupSample } from '../../../src/model/snapshot.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { emptyCells, valuesOf } from './fixtures.ts';

const NOTHING: CgroupSample = {
  cpuUserS: undefined,
  cpuSystemS: undefined,
  cpuThrottledS: undefined,
  cpuThrottledPeriods: undefined,
  cpuPeriods: undefined,
  cpuLimitCpus: undefined,
  memoryUsageBytes: undefined,
  memoryWorkingSetBytes: undefined,
  memoryRssBytes: undefined,
  memoryLimitBytes: undefined,
  memoryPageFaults: undefined,
  memoryMajorPageFaults: undefined,
  disk: [],
  network: [],
  pressure: undefined,
  pids: undefined,
};

function setUp() {
  const set = createSeriesSet(1000, createLedger());
  return { set, series: new CgroupSeries(set, 0) };
}

test('what a host does not tell is not reported as zero', () => {
  const { set, series } = setUp();
  series.book(NOTHING);
  assert.deepEqual(valuesOf(set.live()), {});
});

test('an interface that drops and fails is told, one that does not is not', () => {
  const { set, series } = setUp();
  const quiet = { receiveDropped: 0, transmitDropped: 0, receiveErrors: 0, transmitErrors: 0 };
  series.book({
    ...NOTHING,
    network: [
      {
        interfaceName: 'eth0',
        receivedBytes: 10,
        transmittedBytes: 20,
        ...quiet,
        receiveDropped: 3,
        transmitErrors: 4,
      },
      { interfaceName: 'eth1', receivedBytes: 0, transmittedBytes: 0, ...quiet },
    ],
  });
  const values = valuesOf(set.live());
  const key = (metric: string, direction: string) =>
    values[`${metric}{network.interface.name=eth0,network.io.direction=${direction}}`];
  assert.equal(key('sonde.container.network.dropped', 'receive'), 3);
  assert.equal(key('sonde.container.network.errors', 'transmit'), 4);
  assert.equal(key('sonde.container.network.dropped', 'transmit'), undefined);
  assert.equal(Object.keys(values).filter((name) => name.includes('eth1')).length, 2, 'only its bytes');
});

test('a limit that is taken away ends its series', () => {
  const { set, series } = setUp();
  series.book({ ...NOTHING, memoryLimitBytes: 100 });
  series.book(NOTHING);
  assert.deepEqual(valuesOf(set.live()), {});
  assert.deepEqual(
    set.takeEnded().map((ended) => ended.metric.name),
    ['sonde.container.memory.limit'],
  );
});

test('threads that ended complete the CPU time, and never lower it', () => {
  const { set, series } = setUp();
  series.book({ ...NOTHING, cpuUserS: 2, cpuSystemS: 0.1 });
  const cells = emptyCells();
  cells.endedUserNs = 1.5e9;
  cells.endedSystemNs = 0.4e9;
  series.bookEndedThreads(cells);
  assert.deepEqual(valuesOf(set.live()), {
    'container.cpu.time{cpu.mode=user}': 2,
    'container.cpu.time{cpu.mode=system}': 0.4,
  });
});

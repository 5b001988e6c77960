import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exitCodeClass, LifecycleSeries } from '../../../src/aggregate/lifecycle-series.ts';
import { ProcessSeries } from '../../../src/aggregate/process-series.ts';
import { createSeriesSet } from '../../../src/aggregate/series-set.ts';
import { SyscallSeries } from '../../../src/aggregate/syscall-series.ts';
import { METRIC_SONDE_PROCESS_STARTS } from '../../../src/generated/signals.ts';
import { pidOf, slotOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { emptyCells, makeProcess, NAMES, valuesOf } from './fixtures.ts';

const started = (name: string) =>
  ({
    kind: 'process-started',
    slot: slotOf(1),
    bootNs: 0,
    pid: pidOf(1),
    parentPid: pidOf(0),
    name,
  }) as const;

const sumOf = (values: Record<string, number>, prefix: string): number =>
  Object.entries(values)
    .filter(([key]) => key.startsWith(prefix))
    .reduce((sum, [, value]) => sum + value, 0);

test('calls are split into success, errors by name, and _OTHER for what the table did not hold', () => {
  const set = createSeriesSet(100, createLedger());
  const series = new SyscallSeries(set, NAMES.classes, 0);
  const cells = emptyCells();
  cells.calls[2] = 10;
  cells.errors[2] = 7;
  cells.errnos = [{ classIndex: 2, errno: 111, count: 4 }];
  series.book(cells);
  assert.deepEqual(valuesOf(set.live()), {
    'sonde.syscall.calls{sonde.syscall.class=net.connect}': 3,
    'sonde.syscall.calls{error.type=ECONNREFUSED,sonde.syscall.class=net.connect}': 4,
    'sonde.syscall.calls{error.type=_OTHER,sonde.syscall.class=net.connect}': 3,
  });
});

test('over a bound the sum over the metric stays right and the ledger says so', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 600 }), (names) => {
      const ledger = createLedger();
      const set = createSeriesSet(2000, ledger);
      const series = new LifecycleSeries(set, 0);
      for (const name of names) series.push(started(`exe-${name}`));
      const values = valuesOf(set.live());
      assert.equal(sumOf(values, 'sonde.process.starts'), names.length);
      const distinct = new Set(names).size;
      assert.ok(Object.keys(values).length <= METRIC_SONDE_PROCESS_STARTS.bound + 1);
      assert.equal(
        ledger.rows().some((row) => row.reason === 'series-bound'),
        distinct > METRIC_SONDE_PROCESS_STARTS.bound,
      );
    }),
  );
});

test('records the ring lost are booked from the kernel’s own count: the sum is the truth', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ kept: fc.nat(5), lost: fc.nat(5) }), { maxLength: 30 }), (seconds) => {
      const set = createSeriesSet(2000, createLedger());
      const series = new LifecycleSeries(set, 0);
      const cells = emptyCells();
      let truth = 0;
      for (const { kept, lost } of seconds) {
        for (let i = 0; i < kept; i++) series.push(started('sh'));
        cells.lostStarts += lost;
        truth += kept + lost;
        series.book(cells);
        assert.equal(sumOf(valuesOf(set.live()), 'sonde.process.starts'), truth);
      }
    }),
  );
});

test('process CPU: the overflow point grows by exactly what the processes outside the top did', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(10), { minLength: 40, maxLength: 40 }), { minLength: 1, maxLength: 8 }),
      (rounds) => {
        const set = createSeriesSet(2000, createLedger());
        const series = new ProcessSeries(set, 0);
        const cpu = new Array<number>(40).fill(0);
        let last = 0;
        for (const round of rounds) {
          for (const [i, s] of round.entries()) cpu[i] = (cpu[i] ?? 0) + s;
          series.book(cpu.map((s, i) => makeProcess(i + 1, s)));
          const values = valuesOf(set.live());
          const top = Object.keys(values).filter(
            (k) => k.startsWith('process.cpu.time') && k.includes('cpu.mode=user'),
          );
          assert.equal(top.length, 20);
          const outside = round.reduce((sum, s, i) => sum + (top.some((k) => k.includes(`=p${i + 1},`)) ? 0 : s), 0);
          const overflow = values['process.cpu.time{otel.metric.overflow=true}'] ?? 0;
          assert.equal(overflow - last, outside);
          last = overflow;
        }
      },
    ),
  );
});

test('exit codes are a bounded class', () => {
  assert.equal(exitCodeClass({ exitCode: 3, signal: undefined }), '3');
  assert.equal(exitCodeClass({ exitCode: 77, signal: undefined }), 'other');
  assert.equal(exitCodeClass({ exitCode: undefined, signal: 9 }), 'signal:SIGKILL');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTicks } from '../../../src/self/ticks.ts';

test('a task runs once a period; after a stall once, not once per missed period', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, bootToWallMs: () => 0 };
  const runs: [string, number][] = [];
  const ticks = startTicks(clock, [
    { periodMs: 100, run: (at) => runs.push(['a', at]) },
    { periodMs: 250, run: (at) => runs.push(['b', at]) },
  ]);
  const pass = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  pass(100);
  pass(100);
  pass(50);
  assert.deepEqual(runs, [
    ['a', 100],
    ['a', 200],
    ['b', 250],
  ]);
  runs.length = 0;
  pass(1000);
  assert.deepEqual(
    runs.map(([name]) => name),
    ['a', 'b'],
    'one run each after ten missed periods',
  );
  assert.ok(ticks.lagS() > 0.9);
  pass(50);
  assert.equal(runs.at(-1)?.[1], 1300, 'back on the grid');
  ticks.stop();
  pass(1000);
  assert.equal(runs.length, 3);
});

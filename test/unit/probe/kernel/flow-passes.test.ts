import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlowPasses } from '../../../../src/probe/kernel/flow-passes.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { createManualClock } from '../../manual-clock.ts';

function setUp(read: (isFull: boolean) => Promise<Uint8Array> = async () => new Uint8Array(0)) {
  const clock = createManualClock();
  const ledger = createLedger();
  const asked: boolean[] = [];
  const fullPasses: number[] = [];
  const passes = createFlowPasses(
    {
      readFlows: (isFull) => {
        asked.push(isFull);
        return read(isFull);
      },
    },
    { clock, ledger },
    { push: () => undefined, fullPassEnded: (startedMs) => void fullPasses.push(startedMs) },
  );
  const step = async (ms: number) => {
    clock.advance(ms);
    passes.tick();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, ledger, asked, fullPasses, passes, step };
}

test('once a second what changed, every ten seconds all', async () => {
  const { asked, fullPasses, step, clock } = setUp();
  const startMs = clock.wallMs();
  for (let i = 0; i < 84; i++) await step(250);
  assert.equal(asked.length, 21);
  assert.deepEqual(fullPasses, [startMs + 10_250, startMs + 20_250]);
});

test('passes that take long come later, and it is said', async () => {
  const context = setUp(async () => {
    context.clock.advance(200);
    return new Uint8Array(0);
  });
  for (let i = 0; i < 40; i++) await context.step(250);
  // 200 ms a pass at 5 % of a CPU: one in 4 s.
  assert.equal(context.passes.state().periodMs, 4_000);
  assert.ok(context.asked.length <= 5, String(context.asked.length));
  assert.ok(context.ledger.rows().some(({ reason }) => reason === 'flow-pass-late'));
});

test('one pass at a time; a failed one is counted, and the last one is full', async () => {
  let finish = (): void => undefined;
  const context = setUp(
    (isFull) =>
      new Promise((resolve, reject) => {
        finish = () => (isFull ? resolve(new Uint8Array(0)) : reject(new Error('no iterator')));
      }),
  );
  for (let i = 0; i < 3; i++) await context.step(2_000);
  assert.deepEqual(context.asked, [false]);
  finish();
  const closed = context.passes.close();
  await new Promise((resolve) => setImmediate(resolve));
  finish();
  await closed;
  assert.deepEqual(context.asked, [false, true]);
  const [dropped] = context.ledger.rows();
  assert.deepEqual([dropped?.outcome, dropped?.reason, dropped?.count], ['dropped', 'flow-pass', 1]);
});

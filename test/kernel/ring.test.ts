import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { waitUntil } from '../harness/wait.ts';
import { buildWorkload } from '../harness/workload.ts';
import { buildContain } from './contain.ts';
import { openKernel } from './open-kernel.ts';

/** A page: about 13 records. */
const SMALLEST_RING_BYTES = 4096;

/** Without yielding to the event loop: batches pile up to their limit, then the ring fills. */
function runBlocking(cgroup: string, program: readonly string[]): void {
  execFileSync(buildContain(), [cgroup, ...program], { stdio: 'ignore' });
}

test('a full ring: records are lost and counted, totals stay exact, no slot leaks', async (t) => {
  const kernel = await openKernel(t, {}, { ringBytes: SMALLEST_RING_BYTES });
  const workload = await buildWorkload();
  const first = kernel.make('first');
  const second = kernel.make('second');
  runBlocking(first, [workload, 'spawn:200:0']);
  runBlocking(second, [workload, 'getppid:8']);
  kernel.remove(first);
  const opened = await kernel.wait('slot-opened', ({ cgroupId }) => cgroupId === kernel.idOf(second));
  await waitUntil(
    'the lost end',
    () => kernel.all('slot-closed').length,
    (count) => count === 1,
  );

  const { starts, execs, exits, lostStarts, lostExecs, lostExits } = kernel.cells(1);
  assert.deepEqual({ starts, execs, exits }, { starts: 200, execs: 201, exits: 201 });
  assert.ok(lostStarts > 0 && lostExecs > 0 && lostExits > 0);
  assert.equal(kernel.calls(opened.slot, 'process.identity')[0], 8);
  const received = (kind: 'process-started' | 'process-execed' | 'process-exited') =>
    kernel.all(kind).filter(({ slot }) => slot === 1).length;
  assert.deepEqual(
    [
      received('process-started') + lostStarts,
      received('process-execed') + lostExecs,
      received('process-exited') + lostExits,
    ],
    [200, 201, 201],
  );
  assert.ok((kernel.probe.drops()['ring_full'] ?? 0) >= lostStarts + lostExecs + lostExits);
  const fill = kernel.probe.fill()['ring'] ?? 0;
  assert.ok(fill > 0.5 && fill <= 1, `${fill} of the ring was in use at most`);
  assert.equal(kernel.probe.fill()['ring'], 0, 'the mark starts again');
});

test('with a ring of its usual size the same burst loses nothing', async (t) => {
  const kernel = await openKernel(t);
  const cgroup = kernel.make('a');
  runBlocking(cgroup, [await buildWorkload(), 'spawn:400:5']);
  await waitUntil(
    'exits',
    () => kernel.all('process-exited').length,
    (count) => count === 401,
  );
  assert.equal(kernel.all('process-started').length, 400);
  assert.equal(kernel.all('process-execed').length, 401);
  assert.equal(kernel.probe.drops()['ring_full'], 0);
});

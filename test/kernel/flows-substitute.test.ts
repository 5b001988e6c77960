import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../harness/wait.ts';
import { runContained } from './contain.ts';
import { flowWorkload, parseFlowTruths } from './flow-truth.ts';
import { openKernel } from './open-kernel.ts';

test('without the hook of receives its substitute runs: bytes exact, receives counted, the process known', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-planted-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const main = 'MAIN=../test/kernel/planted-recv.bpf.c';
  execFileSync('make', ['-s', '-C', 'bpf', `OUT=${folder}`, main], { stdio: 'inherit' });
  const kernel = await openKernel(t, {}, { objectPath: join(folder, 'sonde.bpf.o') });
  const states = new Map(kernel.probe.programs.map(({ name, isLoaded }) => [name, isLoaded]));
  assert.deepEqual([states.get('sd_tp_sock_recv'), states.get('sd_tp_rcv_space')], [false, true]);

  const { stdout } = await runContained(kernel.make('old'), flowWorkload(['plain:4', 'splice', 'accept_in_child']));
  const closed = () => kernel.flows.filter((fact) => fact.kind === 'flow-closed');
  await waitUntil(
    'the ends',
    () => closed().length,
    (n) => n === 6,
    5000,
    50,
  );
  for (const truth of parseFlowTruths(stdout)) {
    if (truth.name === 'child') continue;
    const own = closed().find(({ ends: { tuple } }) => tuple.localPort === truth.clientPort);
    assert.deepEqual(
      [own?.counts.sentBytes, own?.counts.receivedBytes],
      [truth.client?.tx, truth.client?.rx],
      truth.name,
    );
    if (truth.name === 'plain4') assert.equal(own?.counts.receivedMessages, truth.client?.receives);
    const other = closed().find(({ ends: { tuple } }) => tuple.localPort === truth.serverPort);
    if (truth.name === 'accept_in_child') assert.notEqual(other?.ends.pid, own?.ends.pid, 'the child took it');
  }
});

test('where the hook of receives runs its substitute does not, and is not spoken of', async (t) => {
  const kernel = await openKernel(t);
  const names = kernel.probe.programs.map(({ name }) => name);
  assert.ok(names.includes('sd_tp_sock_recv') && !names.includes('sd_tp_rcv_space'));
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeCgroup } from '../harness/cgroup.ts';
import { clearCgroup } from '../kernel/clear-cgroup.ts';

interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

let count = 0;

/** Runs a mode of child.ts with a cgroup of its own. */
function runChild(t: TestContext, mode: string): Promise<ChildEnd> {
  const root = `/sonde-test/native-${process.pid}-${count++}`;
  makeCgroup(root);
  t.after(() => clearCgroup(root));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), mode, root], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  return new Promise((resolve) =>
    child.on('exit', (code, signal) => {
      if (complaints !== '') t.diagnostic(complaints);
      resolve({ code, signal, output });
    }),
  );
}

test('process.exit while the ring is read', async (t) => {
  const { code, signal, output } = await runChild(t, 'exit');
  assert.deepEqual({ code, signal }, { code: 7, signal: null });
  assert.match(output, /"bytes":/);
});

test('what the handler of records throws is an uncaught exception', async (t) => {
  const { code, output } = await runChild(t, 'throwing');
  assert.equal(code, 3);
  assert.match(output, /thrown by the handler/);
});

test('a probe alone does not keep the process alive', async (t) => {
  const { code, output } = await runChild(t, 'natural');
  assert.equal(code, 0);
  assert.match(output, /"isReading":true/);
});

test('close while the ring is read, twice, and open again', async (t) => {
  const { code, output } = await runChild(t, 'close');
  assert.equal(code, 0);
  assert.match(output, /"rounds":3/);
});

test('the addon in workers that are terminated while they read', async (t) => {
  const { code, signal, output } = await runChild(t, 'worker');
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.match(output, /"workers":2/);
});

test('capabilities are dropped on every thread, and counting goes on', async (t) => {
  const { code, output } = await runChild(t, 'capabilities');
  assert.equal(code, 0);
  const result = JSON.parse(output) as Record<string, unknown>;
  assert.deepEqual(result['kept'], ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE']);
  const kept = ((1n << 2n) | (1n << 19n)).toString(16).padStart(16, '0');
  assert.deepEqual(result['sets'], [`0000000000000000 ${kept} ${kept} ${kept}`]);
  assert.ok((result['threads'] as number) >= 8, `${result['threads']} threads`);
  assert.ok((result['bytes'] as number) > 0);
  assert.ok((result['claimed'] as number) > 0);
  assert.equal(result['slots'], 0);
});

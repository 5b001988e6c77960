import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SondeError } from '../../../src/errors/sonde-error.ts';
import { lockDataDir } from '../../../src/self/lock.ts';
import { tempDir } from './temp-dir.ts';

const HOLDER = join(import.meta.dirname, 'lock-holder.ts');

async function holderOf(t: TestContext, dataDir: string) {
  const child = spawn(process.execPath, [HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('makes the data directory for its owner only', (t) => {
  const dataDir = join(tempDir(t), 'a', 'b');
  const lock = lockDataDir(dataDir);
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  lock.release();
});

test('a second agent is refused with the pid of the first', async (t) => {
  const dataDir = tempDir(t);
  const child = await holderOf(t, dataDir);
  assert.throws(
    () => lockDataDir(dataDir),
    (error: unknown) =>
      error instanceof SondeError &&
      error.code === 'SND_AGT_DATA_DIR_LOCKED' &&
      error.message.includes(`process ${child.pid}`) &&
      error.message.includes(dataDir),
  );
});

test('the lock ends with its process, also by SIGKILL, and leaves no journal', async (t) => {
  const dataDir = tempDir(t);
  const child = await holderOf(t, dataDir);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = lockDataDir(dataDir);
  assert.equal(existsSync(join(dataDir, 'agent.lock-journal')), false);
  lock.release();
});

test('released, it can be taken again in the same process; held, it cannot', (t) => {
  const dataDir = tempDir(t);
  const first = lockDataDir(dataDir);
  assert.throws(() => lockDataDir(dataDir), { code: 'SND_AGT_DATA_DIR_LOCKED' });
  first.release();
  first.release();
  lockDataDir(dataDir).release();
});

test('a child of the holder does not keep the lock', async (t) => {
  const dataDir = tempDir(t);
  const lock = lockDataDir(dataDir);
  const child = spawn('sleep', ['30']);
  t.after(() => child.kill('SIGKILL'));
  lock.release();
  lockDataDir(dataDir).release();
});

test('an unusable directory is a coded error', (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => lockDataDir(join(file, 'x')), { code: 'SND_AGT_DATA_DIR' });
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'agent.lock'), 'this is no database, and it is long enough to be noticed '.repeat(20));
  assert.throws(() => lockDataDir(dataDir), { code: 'SND_AGT_DATA_DIR' });
  chmodSync(dataDir, 0o700);
});

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { cachePath, runPath } from './cache.ts';
import { isAlive, readPid, tryLock, unlock, withLock } from './lock.ts';
import { waitUntil } from './wait.ts';

/**
 * A dockerd for the tests. One that runs already is used and never ended. Else one is started by hand,
 * with its data in the cache, shared by every test process of the run, and ended when the last of them
 * leaves (or by stop.ts, when prepare.ts asked to keep it for the whole run).
 */
const SOCKET = process.env['SONDE_TEST_DOCKER_SOCKET'] ?? '/var/run/docker.sock';
const lockPath = () => runPath('docker.lock');
const pidPath = () => runPath('dockerd.pid');
const usersPath = (user = '') => runPath('docker-users', user);

/** Path of the socket of a dockerd that answers. */
export async function ensureDockerd(user: 'test' | 'keep' = 'test'): Promise<string> {
  const given = process.env['DOCKER_HOST'];
  if (given?.startsWith('unix://')) return given.slice('unix://'.length);
  await withLock(lockPath(), async () => {
    mkdirSync(usersPath(), { recursive: true });
    const own = readPid(pidPath());
    if (own !== undefined && isStopping()) {
      // A new dockerd must not meet the old one's containerd.
      await waitUntil(
        'the previous dockerd to end',
        () => isAlive(own),
        (alive) => !alive,
        30_000,
      );
    }
    if (!(await answers(SOCKET))) await startDockerd();
    if (user === 'keep') writeFileSync(usersPath('keep'), '');
    else registerUser();
  });
  return SOCKET;
}

/**
 * No longer kept for the whole run: ends the dockerd that the harness started and waits until it is gone,
 * unless another test process still uses it; then the last of them ends it.
 */
export async function stopDockerd(): Promise<boolean> {
  return withLock(lockPath(), async () => {
    rmSync(usersPath('keep'), { force: true });
    const pid = readPid(pidPath());
    if (pid === undefined || !isOurDockerd(pid) || liveUsers().length > 0) return false;
    process.kill(pid, 'SIGTERM');
    await waitUntil(
      'dockerd to end',
      () => isAlive(pid),
      (alive) => !alive,
      30_000,
    );
    rmSync(pidPath(), { force: true });
    return true;
  });
}

async function startDockerd(): Promise<void> {
  rmSync(runPath('docker.stopping'), { force: true });
  const log = openSync(runPath('dockerd.log'), 'a');
  const child = spawn(
    'dockerd',
    [
      ['--host', `unix://${SOCKET}`],
      ['--data-root', cachePath('docker')],
      ['--exec-root', runPath('docker-exec')],
      ['--pidfile', pidPath()],
      // No systemd to ask on a machine without it; cgroupfs works everywhere.
      ['--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ].flat(),
    { detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let failure = '';
  child.on('error', (error) => (failure = String(error)));
  child.on('exit', (code) => (failure = `dockerd ended with ${code}`));
  child.unref();
  await waitUntil(
    'dockerd to answer',
    async () => failure || (await answers(SOCKET)),
    (done) => done !== false,
    60_000,
  );
  if (failure) {
    const said = readFileSync(runPath('dockerd.log'), 'utf8').trim().split('\n').slice(-10).join('\n');
    throw new Error(`no dockerd: ${failure}\n${said}\nInstall docker.io and run the tests as root.`);
  }
}

let isRegistered = false;

function registerUser(): void {
  writeFileSync(usersPath(String(process.pid)), '');
  if (isRegistered) return;
  isRegistered = true;
  process.on('exit', leave);
}

/** Runs in the exit handler, so everything is synchronous: the next starter waits for the end itself. */
function leave(): void {
  rmSync(usersPath(String(process.pid)), { force: true });
  if (!tryLock(lockPath())) return;
  try {
    const pid = readPid(pidPath());
    if (isUsed() || pid === undefined || !isOurDockerd(pid)) return;
    writeFileSync(runPath('docker.stopping'), '');
    process.kill(pid, 'SIGTERM');
  } finally {
    unlock(lockPath());
  }
}

function isUsed(): boolean {
  return existsSync(usersPath()) && readdirSync(usersPath()).some((user) => user === 'keep' || isAlive(Number(user)));
}

function liveUsers(): string[] {
  mkdirSync(usersPath(), { recursive: true });
  return readdirSync(usersPath()).filter((user) => user === 'keep' || isAlive(Number(user)));
}

function isStopping(): boolean {
  return readdirSync(runPath('.')).includes('docker.stopping');
}

/** A pid file can outlive its process, and the number be another program's by now. */
function isOurDockerd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(pidPath());
  } catch {
    return false;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy(new Error('timeout')));
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

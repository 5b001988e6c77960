import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { tempDir } from '../../unit/self/temp-dir.ts';
import { openTmux, type Tmux } from './tmux.ts';

const AGENT = join(import.meta.dirname, 'synthetic-agent.ts');
const TOP = join(import.meta.dirname, 'top-main.ts');
const ENV = { LANG: 'C.UTF-8', TERM: 'tmux-256color', NODE: process.execPath };

async function agentWith(t: TestContext, containerCount: number, dataDir = tempDir(t)) {
  const child = spawn(process.execPath, [AGENT, dataDir, String(containerCount), '200'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, dataDir };
}

async function startTop(t: TestContext, containerCount: number, columns = 80, rows = 24, tail = '') {
  const { dataDir, child } = await agentWith(t, containerCount);
  const tmux = openTmux(t, columns, rows, ENV);
  await tmux.until('the shell', (lines) => lines.some((line) => line.includes('ready>')));
  tmux.keys(`$NODE ${TOP} ${dataDir} live ${tail}; echo code=$?`, 'Enter');
  await tmux.until('the table', (lines) => lines.some((line) => line.includes('CONTAINER')) && hasRow(lines));
  return { tmux, dataDir, agent: child };
}

const hasRow = (lines: readonly string[]) => lines.some((line) => line.includes('web-frontend'));
const headerOf = (lines: readonly string[]) => lines.find((line) => line.includes('CONTAINER')) ?? '';
/** Alternate screen, cursor shown, and what the shell sees of the line discipline. */
const terminalState = (tmux: Tmux) => tmux.state('#{alternate_on} #{cursor_flag} #{wrap_flag}');

async function expectRestored(tmux: Tmux, exitCode: string) {
  const lines = await tmux.until('the exit code', (all) => all.some((line) => line.startsWith(`code=${exitCode}`)));
  assert.equal(terminalState(tmux), '0 1 1');
  tmux.keys('stty -a | tr ";" "\\n" | grep -o -e "-*icanon" -e "-*echo "', 'Enter');
  const has = (all: readonly string[], mode: string) => all.some((line) => line.trim() === mode);
  await tmux.until('icanon and echo from stty', (all) => has(all, 'icanon') && has(all, 'echo'));
  return lines;
}

test('shows the agent’s containers, and q gives the terminal back', async (t) => {
  const { tmux } = await startTop(t, 3);
  assert.equal(terminalState(tmux), '1 0 0');
  const lines = tmux.screen();
  assert.equal(lines.length, 24);
  assert.match(lines.join('\n'), /checkout-api/);
  assert.match(lines.join('\n'), /exports to http:\/\/otel.example:4317/);
  tmux.keys('q');
  const after = await expectRestored(tmux, '0');
  assert.ok(
    !hasRow(after.slice(1)) && after.some((line) => line.includes('top-main.ts')),
    'the earlier screen is back',
  );
});

test('sorts, filters, opens details', async (t) => {
  const { tmux } = await startTop(t, 50, 120, 40);
  tmux.keys('m');
  await tmux.until('sorted by memory', (lines) => headerOf(lines).includes('▾MEM'));
  tmux.keys('r');
  await tmux.until('reversed', (lines) => headerOf(lines).includes('▴MEM'));
  tmux.keys('Right');
  await tmux.until('next column', (lines) => headerOf(lines).includes('▾CALL/S'));
  tmux.keys('/', 'k', 'a', 'f', 'k', 'a', '-', '0', 'Enter');
  await tmux.until('filtered', (lines) => !hasRow(lines) && lines.some((line) => line.includes('kafka-0')));
  tmux.keys('Down', 'Enter');
  await tmux.until('details', (lines) => lines.some((line) => /PROCESS.*SYSCALLS.*HOT FILE/.test(line)));
  tmux.keys('Escape');
  await tmux.until('filter cleared', hasRow);
  tmux.keys('?');
  await tmux.until('help', (lines) => lines.some((line) => line.includes('mapped files are not seen')));
});

test('tab shows flows and comes back; they are live, sorted, filtered', async (t) => {
  const { tmux } = await startTop(t, 3, 120, 40);
  tmux.keys('Tab');
  await tmux.until(
    'flows',
    (lines) => headerOf(lines).includes('▾TX/S') && lines.some((line) => /12 flows/.test(line)),
  );
  assert.ok(
    tmux.screen().some((line) => /→ +\? 10\.9\.0\.17 .*nat-expi/.test(line)),
    'an unresolved one looks like it',
  );
  tmux.keys('b');
  await tmux.until('sorted by bytes', (lines) => headerOf(lines).includes('▾SENT'));
  tmux.keys('/', 'r', 'e', 'd', 'i', 's', 'Enter');
  await tmux.until('filtered', (lines) => lines.some((line) => /2 of 12 flows/.test(line)));
  tmux.keys('Down', 'Enter');
  await tmux.until('details', (lines) =>
    lines.some((line) => /dialled 172\.18\.0\.9:6379 .*confirmed by local/.test(line)),
  );
  tmux.keys('Tab', 'Escape');
  await tmux.until('containers', hasRow);
});

test('follows the terminal’s size, down to nothing and back', async (t) => {
  const { tmux } = await startTop(t, 50);
  tmux.resize(200, 60);
  await tmux.until('wide', (lines) => lines.length === 60 && headerOf(lines).includes('RUNTIME'));
  tmux.resize(20, 5);
  await tmux.until(
    'tiny',
    (lines) => lines.length === 5 && !headerOf(lines).includes('IMAGE') && headerOf(lines) !== '',
  );
  tmux.resize(80, 24);
  const lines = await tmux.until('as before', (all) => all.length === 24 && /PROC$/.test(headerOf(all)) && hasRow(all));
  assert.equal(lines.filter((line) => line.includes('CONTAINER')).length, 1);
});

test('paused, the picture stands still; the terminal is written to only where it changes', async (t) => {
  const { tmux } = await startTop(t, 3);
  tmux.keys('Space');
  await tmux.until('paused', (lines) => lines.some((line) => line.includes('PAUSED')));
  const still = tmux.screen(true);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.deepEqual(tmux.screen(true), still);
  tmux.keys('Space');
  await tmux.until(
    'moving',
    (lines) => lines.join() !== still.join() && !lines.some((line) => line.includes('PAUSED')),
  );
});

for (const [name, how, exitCode] of [
  ['Ctrl-C', (tmux: Tmux) => tmux.keys('C-c'), '0'],
  ['SIGTERM', (tmux: Tmux) => signalTop(tmux, 'TERM'), '143'],
  ['SIGHUP', (tmux: Tmux) => signalTop(tmux, 'HUP'), '129'],
] as const) {
  test(`${name} gives the terminal back`, async (t) => {
    const { tmux } = await startTop(t, 3);
    how(tmux);
    await expectRestored(tmux, exitCode);
  });
}

test('a crash gives the terminal back and shows its stack', async (t) => {
  const { tmux } = await startTop(t, 3, 80, 24, '3000');
  const lines = await expectRestored(tmux, '1');
  assert.ok(lines.some((line) => line.includes('planted crash')));
});

test('says that the agent is gone, and goes on when it is back', async (t) => {
  const { tmux, agent, dataDir } = await startTop(t, 3, 120, 24);
  agent.kill('SIGKILL');
  await tmux.until('outage', (lines) => lines.some((line) => line.includes('no frames: SND_AGT_NOT_RUNNING')));
  await agentWith(t, 50, dataDir);
  await tmux.until('frames again', (lines) => lines.some((line) => line.includes('50 containers')));
});

test('without a terminal: one table, or one frame', async (t) => {
  const { dataDir } = await agentWith(t, 50);
  const run = (mode: string) =>
    promisify(execFile)(process.execPath, [TOP, dataDir, mode], { env: { LANG: 'C.UTF-8' } });
  const table = (await run('live')).stdout;
  assert.equal(
    table,
    table.replace(/\p{Cc}/gu, (character) => (character === '\n' ? character : '')),
  );
  assert.equal(table.split('\n').filter((line) => /docker|–/.test(line)).length, 50);
  assert.match(table, /CPU .* 40\.0 % of 2 CPUs/);
  const frame = JSON.parse((await run('json')).stdout);
  assert.equal(frame.containers.length, 50);
  await assert.rejects(
    promisify(execFile)(process.execPath, [TOP, join(dataDir, 'none'), 'once']),
    /SND_AGT_NOT_RUNNING/,
  );
});

/** The node process that is the terminal's foreground job. */
function signalTop(tmux: Tmux, name: string): void {
  const shell = tmux.state('#{pane_pid}');
  const pid = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim();
  process.kill(Number(pid), `SIG${name}`);
}

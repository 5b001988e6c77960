import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { release } from 'node:os';
import { type TestContext, test } from 'node:test';
import { kernelFacts } from '../../../../src/cli/doctor/agent-facts.ts';
import type { Check } from '../../../../src/cli/doctor/check.ts';
import { type DoctorDeps, runDoctor } from '../../../../src/cli/doctor/index.ts';
import { reportText } from '../../../../src/cli/doctor/report.ts';
import { widthOf } from '../../../../src/cli/top/render/text.ts';
import { createTheme } from '../../../../src/cli/top/render/theme.ts';
import type { Config } from '../../../../src/config/config.ts';
import { SondeError } from '../../../../src/errors/sonde-error.ts';
import type { KernelProbe } from '../../../../src/probe/probe.ts';
import { createControl } from '../../../../src/self/control/server.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { createLog } from '../../../../src/self/log.ts';
import { tempDir } from '../../self/temp-dir.ts';
import { flowViewOf } from '../flow-views.ts';
import { statusOf } from '../frames.ts';

/** What doctor needs of a probe; loading real programs is what test/e2e does. */
const PROBE = {
  programs: [{ name: 'sd_tp_exec', isLoaded: true, purpose: 'all', code: undefined, reason: undefined }],
  hierarchy: { mode: 'v2', mountPoint: '/sys/fs/cgroup', id: 0, v1MountPoint: undefined, v1Id: undefined },
  drops: () => ({ ring_full: 0 }),
  fill: () => ({}),
} satisfies Partial<KernelProbe>;

function configOf(t: TestContext, change: Partial<Config> = {}): Config {
  const config: Partial<Config> = {
    dataDir: tempDir(t),
    scope: 'containers',
    cgroupRoot: '/sonde-test',
    syscalls: 'count',
    procDir: '/proc',
    cgroupDir: '/sys/fs/cgroup',
    hostName: 'tested',
    dockerHost: 'off',
    metrics: undefined,
    queueLimitBytes: 1,
    ...change,
  };
  return config as Config;
}

async function doctor(config: Config, change: Partial<DoctorDeps> = {}) {
  let text = '';
  let isClosed = false;
  const stdout = {
    columns: 100,
    isTTY: false,
    write(chunk: string, done?: unknown) {
      text += chunk;
      if (typeof done === 'function') done();
      return true;
    },
  } as unknown as DoctorDeps['stdout'];
  const openProbe = async () => ({ ...PROBE, close: () => (isClosed = true) }) as unknown as KernelProbe;
  const host = { statusPath: '/proc/1/status', btfPath: '/proc/version', release: '6.18.0' };
  const exitCode = await runDoctor(config, { json: true, stdout, env: {}, openProbe, host, ...change });
  const report = change.json === false ? undefined : JSON.parse(text);
  const byId = (id: string): Check | undefined => report?.checks.find((check: Check) => check.id === id);
  return { exitCode, text, report, byId, isClosed };
}

test('all in order: 0, and the programs loaded for it are gone', async (t) => {
  const { exitCode, report, byId, isClosed } = await doctor(configOf(t));
  assert.equal(exitCode, 0);
  assert.equal(report.exitCode, 0);
  assert.equal(isClosed, true);
  assert.match(byId('agent.running')?.detail ?? '', /none runs/);
  assert.ok(report.checks.every((check: Check) => check.id && check.title && check.detail));
});

test('an old kernel: 3, and nothing is loaded on it', async (t) => {
  const openProbe = () => assert.fail('must not be tried');
  const { exitCode, byId } = await doctor(configOf(t), {
    openProbe,
    host: { release: '5.4.0', btfPath: '/proc/version', statusPath: '/proc/1/status' },
  });
  assert.equal(exitCode, 3);
  assert.equal(byId('kernel.version')?.code, 'SND_AGT_KERNEL_OLD');
});

test('no permission: 3; the object not built: 1; warnings only: 0', async (t) => {
  const failing = (error: Error) => ({ openProbe: () => Promise.reject(error) });
  const denied = await doctor(configOf(t), failing(new SondeError('SND_BPF_PERMISSION', 'EPERM')));
  assert.deepEqual([denied.exitCode, denied.byId('bpf.load')?.code], [3, 'SND_BPF_PERMISSION']);
  assert.equal((await doctor(configOf(t), failing(new SondeError('SND_BPF_NOT_BUILT', 'x')))).exitCode, 1);
  const warned = await doctor(configOf(t, { syscalls: 'off', dockerHost: 'unix:///no/such' }));
  assert.deepEqual([warned.exitCode, warned.byId('setting.syscalls')?.code], [0, 'SND_AGT_FILE_METRICS']);
  assert.equal(warned.byId('runtime.docker')?.status, 'warn');
});

async function withAgent(t: TestContext, answer: object, status = statusOf({ agentPid: process.pid })) {
  const config = configOf(t);
  const control = await createControl({
    dataDir: config.dataDir,
    ledger: createLedger(),
    log: createLog('error', () => {}),
    handlers: {
      health: () => ({ ok: true }),
      status: () => status,
      doctor: () => answer,
      flows: () => flowViewOf(0),
    },
  });
  t.after(() => control.close());
  return config;
}

test('a running agent is asked instead of loading programs a second time', async (t) => {
  const failing = {
    state: 'failing',
    endpoint: 'http://x:4317',
    queuedBytes: 2048,
    detail: 'SND_EXP_UNREACHABLE refused',
  } as const;
  const status = statusOf({
    agentPid: process.pid,
    exportState: failing,
    rssBytes: 300 * 1024 * 1024,
    syscalls: 'off',
  });
  const openProbe = () => assert.fail('must not be tried');
  const config = await withAgent(t, kernelFacts(PROBE), status);
  const { exitCode, byId } = await doctor(config, { openProbe });
  assert.equal(exitCode, 1);
  assert.match(byId('agent.running')?.detail ?? '', new RegExp(`process ${process.pid}`));
  assert.match(byId('export.state')?.detail ?? '', /refused; 2.0K wait/);
  assert.equal(byId('budget.rss')?.code, 'SND_AGT_MEMORY');
  assert.equal(byId('bpf.sd_tp_exec')?.status, 'ok');
  assert.equal(byId('setting.syscalls')?.status, 'warn', 'the level is the agent’s');
});

test('an agent that answers nonsense is a failure, not a crash', async (t) => {
  const { exitCode, byId } = await doctor(await withAgent(t, { programs: 'none' }), { openProbe: () => assert.fail() });
  assert.deepEqual([exitCode, byId('agent.running')?.code], [1, 'SND_AGT_CONTROL_ANSWER']);
});

test('the text is aligned, wrapped, and has what to do under what is not in order', async (t) => {
  const { text } = await doctor(configOf(t, { syscalls: 'off' }), { json: false });
  for (const line of text.split('\n')) assert.ok(widthOf(line) <= 100, line);
  assert.match(text, /^tested, Linux 6.18.0, \d+ CPUs\n\nHost\n {2}ok {4}Kernel {2,}Linux 6\.18\.0/);
  assert.match(text, / {2}warn {2}Syscalls .*\n {2,}Set SONDE_SYSCALLS=count .*\(SND_AGT_FILE_METRICS\)/);
  assert.match(text, /1 warning, 0 failed\. sonde can run here\.\n$/);
  const checks: Check[] = [{ id: 'kernel.x', status: 'fail', title: 'T\x1b[2J', detail: 'a\u001b[31mb\nc' }];
  const theme = createTheme({ isUnicode: true, style: 'none' });
  assert.doesNotMatch(reportText({ host: 'h\x07', checks, exitCode: 1 }, 80, theme).replaceAll('\n', ''), /\p{Cc}/u);
});

test('nothing is left behind in a data directory that was not there', async (t) => {
  const dataDir = `${tempDir(t)}/none`;
  assert.equal((await doctor(configOf(t, { dataDir }))).exitCode, 0);
  assert.equal(statSync(dataDir, { throwIfNoEntry: false }), undefined);
  assert.ok(release());
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Check } from '../../../src/cli/doctor/check.ts';
import { makeCgroup, removeCgroup } from '../../harness/cgroup.ts';
import { freePort } from '../../harness/ports.ts';
import { tempDir } from '../../unit/self/temp-dir.ts';

const CGROUP_ROOT = `/sonde-test/doctor-${process.pid}`;
const SONDE = join(import.meta.dirname, '../../../scripts/sonde');

before(() => makeCgroup(CGROUP_ROOT));
after(() => removeCgroup(CGROUP_ROOT));

interface Run {
  readonly exitCode: number;
  readonly checks: readonly Check[];
  byId(id: string): Check | undefined;
}

/** The real command, as root or with only some capabilities; never with the host's own settings. */
async function doctor(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
  limits: readonly string[] = [],
): Promise<Run> {
  const dataDir = tempDir(t);
  chmodSync(dataDir, 0o777);
  const [program = '', ...args] = [...limits, SONDE, 'doctor', '--json'];
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      SONDE_DATA_DIR: dataDir,
      SONDE_CGROUP_ROOT: CGROUP_ROOT,
      DOCKER_HOST: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [exitCode] = await once(child, 'close');
  const { checks } = JSON.parse(text);
  return { exitCode, checks, byId: (id) => checks.find((check: Check) => check.id === id) };
}

/** A user without any right but those; `dac_read_search` lets it read the checkout wherever that is. */
const asNobody = (...capabilities: string[]): string[] => {
  const list = ['dac_read_search', ...capabilities].map((name) => `+${name}`).join(',');
  return [
    'setpriv',
    '--reuid',
    '65534',
    '--regid',
    '65534',
    '--clear-groups',
    '--inh-caps',
    list,
    '--ambient-caps',
    list,
  ];
};

test('as root: every program is loaded, its memory measured', async (t) => {
  const { exitCode, checks, byId } = await doctor(t, { SONDE_SYSCALLS: 'latency' });
  assert.deepEqual(
    checks.filter(({ status }) => status !== 'ok'),
    [],
  );
  assert.equal(exitCode, 0);
  const programs = checks.filter(({ id }) => id.startsWith('bpf.sd_'));
  assert.ok(programs.length >= 8 && programs.every(({ detail }) => detail.startsWith('loaded: ')));
  assert.match(byId('budget.kernel-memory')?.detail ?? '', /^\d+ CPUs × \d+ slots × \d+ B \+ .* = .*, limit 32\.0M$/);
  assert.match(byId('kernel.cgroup')?.detail ?? '', /containers are told apart by /);
});

test('as an ordinary user: exit code 3, and what is missing by name', async (t) => {
  const { exitCode, byId } = await doctor(t, {}, asNobody());
  assert.equal(exitCode, 3);
  assert.equal(byId('privilege.capabilities')?.code, 'SND_AGT_CAPABILITY');
  assert.match(byId('privilege.capabilities')?.detail ?? '', /CAP_BPF.*\n.*CAP_PERFMON.*\n.*CAP_SYS_PTRACE/);
  assert.equal(byId('bpf.load')?.code, 'SND_BPF_PERMISSION');
});

test('an ordinary user with six capabilities needs nothing else', async (t) => {
  const { exitCode, checks } = await doctor(t, {}, asNobody('bpf', 'perfmon', 'sys_ptrace', 'net_admin', 'sys_admin'));
  assert.deepEqual([exitCode, checks.filter(({ status }) => status !== 'ok')], [0, []]);
});

test('without CAP_PERFMON nothing that traces loads; without CAP_SYS_PTRACE only details are lost', async (t) => {
  const noPerfmon = await doctor(t, {}, asNobody('bpf', 'sys_ptrace'));
  assert.equal(noPerfmon.exitCode, 3);
  assert.equal(noPerfmon.byId('bpf.load')?.code, 'SND_BPF_PERMISSION');
  assert.equal(noPerfmon.byId('bpf.sd_tp_exec')?.status, 'fail');
  const noPtrace = await doctor(t, {}, asNobody('bpf', 'perfmon'));
  assert.deepEqual([noPtrace.exitCode, noPtrace.byId('privilege.capabilities')?.status], [0, 'warn']);
});

test('no Docker socket, an endpoint that is down, syscalls off', async (t) => {
  const { exitCode, byId } = await doctor(t, {
    DOCKER_HOST: 'unix:///no/such/docker.sock',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    SONDE_SYSCALLS: 'off',
  });
  assert.equal(exitCode, 1);
  assert.equal(byId('runtime.docker')?.code, 'SND_IDN_DOCKER_UNREACHABLE');
  assert.match(byId('export.endpoint')?.detail ?? '', /nothing listens on 127.0.0.1/);
  assert.equal(byId('setting.syscalls')?.code, 'SND_AGT_FILE_METRICS');
  assert.match(byId('bpf.sd_tp_sys_exit')?.detail ?? '', /^off, not used at level off/);
});

test('a cgroup root that does not exist is named', async (t) => {
  const { exitCode, byId } = await doctor(t, { SONDE_CGROUP_ROOT: '/sonde-test/never-made' });
  assert.deepEqual([exitCode, byId('bpf.load')?.code], [1, 'SND_BPF_CGROUP_ROOT']);
});

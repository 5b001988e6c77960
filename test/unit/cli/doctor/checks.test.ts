import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { KernelFacts } from '../../../../src/cli/doctor/agent-facts.ts';
import { capabilityCheck, readCapabilities } from '../../../../src/cli/doctor/checks/capabilities.ts';
import { cgroupCheck } from '../../../../src/cli/doctor/checks/cgroup.ts';
import { dataDirCheck } from '../../../../src/cli/doctor/checks/data-dir.ts';
import { kernelChecks } from '../../../../src/cli/doctor/checks/kernel.ts';
import { lossCheck, probeFailure, programChecks } from '../../../../src/cli/doctor/checks/programs.ts';
import { runtimeChecks } from '../../../../src/cli/doctor/checks/runtimes.ts';
import { SondeError } from '../../../../src/errors/sonde-error.ts';
import { tempDir } from '../../self/temp-dir.ts';

const bits = (...numbers: number[]) => numbers.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

test('kernels before 5.12, without BTF or in confidentiality lockdown are not supported', (t) => {
  const directory = tempDir(t);
  const btf = join(directory, 'vmlinux');
  const lockdown = join(directory, 'lockdown');
  writeFileSync(btf, 'x');
  const statuses = (release: string, btfPath = btf, lockdownPath = '/none') =>
    kernelChecks(release, btfPath, lockdownPath).map((check) => [check.status, check.code, check.isHostUnsupported]);
  const good = ['ok', undefined, undefined];
  assert.deepEqual(statuses('5.12.0'), [good, good]);
  assert.deepEqual(statuses('6.1.0-18-amd64'), [good, good]);
  assert.deepEqual(statuses('5.11.22')[0], ['fail', 'SND_AGT_KERNEL_OLD', true]);
  assert.deepEqual(statuses('4.19.0-5-amd64')[0], ['fail', 'SND_AGT_KERNEL_OLD', true]);
  assert.deepEqual(statuses('6.1.0', '/no/such/file')[1], ['fail', 'SND_BPF_NO_BTF', true]);
  writeFileSync(lockdown, 'none integrity [confidentiality]\n');
  assert.deepEqual(statuses('6.1.0', btf, lockdown)[2], ['fail', 'SND_AGT_LOCKDOWN', true]);
  writeFileSync(lockdown, '[none] integrity confidentiality\n');
  assert.deepEqual(statuses('6.1.0', btf, lockdown)[2], good);
});

test('capabilities: what each missing one costs', () => {
  const all = bits(2, 12, 19, 21, 38, 39);
  assert.equal(capabilityCheck(all).status, 'ok');
  assert.equal(capabilityCheck(bits(2, 12, 19, 21)).status, 'ok', 'CAP_SYS_ADMIN includes BPF and PERFMON');
  const noTables = capabilityCheck(bits(2, 19, 38, 39));
  assert.deepEqual([noTables.status, noTables.isHostUnsupported], ['warn', undefined]);
  assert.match(noTables.detail, /CAP_NET_ADMIN: .*\n.*CAP_SYS_ADMIN: .*fingerprint/);
  const noBpf = capabilityCheck(bits(2, 19, 38));
  assert.equal(noBpf.isHostUnsupported, true);
  assert.match(noBpf.detail, /^without CAP_BPF: no BPF program can be loaded/);
  const noPtrace = capabilityCheck(bits(2, 38, 39));
  assert.equal(noPtrace.status, 'warn');
  assert.match(noPtrace.detail, /network interfaces/);
  assert.equal(capabilityCheck(undefined).status, 'warn');
  assert.equal(typeof readCapabilities('/proc/self/status'), 'bigint');
});

test('cgroups: no mount is not supported; this host has one', (t) => {
  const none = cgroupCheck(tempDir(t), undefined);
  assert.deepEqual([none.code, none.isHostUnsupported], ['SND_BPF_CGROUP', true]);
  assert.match(cgroupCheck('/sys/fs/cgroup', undefined).detail, /^(v1|v2|hybrid); /);
});

const FACTS: KernelFacts = {
  programs: [
    {
      name: 'sd_tp_exec',
      isLoaded: true,
      purpose: 'finding containers; nothing without it',
      code: undefined,
      reason: undefined,
    },
    {
      name: 'sd_tp_oom',
      isLoaded: false,
      purpose: 'OOM kills',
      code: 'SND_BPF_PROGRAM_ABSENT',
      reason: 'tracepoint mark_victim',
    },
    { name: 'sd_tp_sys_exit', isLoaded: false, purpose: 'syscalls', code: undefined, reason: 'not used at level off' },
  ],
  hierarchy: { mode: 'v2', mountPoint: '/sys/fs/cgroup', id: 0, v1MountPoint: undefined, v1Id: undefined },
  drops: { ring_full: 0 },
  fill: { slots: 0.25 },
};

test('each program says whether it runs, and why not', () => {
  const checks = programChecks(FACTS);
  assert.deepEqual(
    checks.map(({ id, status, code, detail }) => [id, status, code, detail]),
    [
      ['bpf.sd_tp_exec', 'ok', undefined, 'loaded: finding containers'],
      ['bpf.sd_tp_oom', 'warn', 'SND_BPF_PROGRAM_ABSENT', 'not loaded, tracepoint mark_victim\nlost: OOM kills'],
      ['bpf.sd_tp_sys_exit', 'ok', undefined, 'off, not used at level off: syscalls'],
    ],
  );
  const none = programChecks({ ...FACTS, programs: FACTS.programs.slice(1) });
  assert.deepEqual(
    none.map(({ id, code, isHostUnsupported }) => [id, code, isHostUnsupported]),
    [
      ['bpf.load', 'SND_BPF_LOAD', true],
      ['bpf.sd_tp_oom', 'SND_BPF_PROGRAM_ABSENT', undefined],
    ],
  );
});

test('a probe that does not open: the host’s fault or not', () => {
  assert.equal(probeFailure(new SondeError('SND_BPF_PERMISSION', 'EPERM')).isHostUnsupported, true);
  const unbuilt = probeFailure(new SondeError('SND_BPF_NOT_BUILT', 'build/x'));
  assert.deepEqual([unbuilt.status, unbuilt.isHostUnsupported, unbuilt.code], ['fail', undefined, 'SND_BPF_NOT_BUILT']);
  assert.equal(probeFailure(new TypeError('oops')).code, 'SND_BPF_LOAD');
});

test('loss and fill of the kernel maps', () => {
  assert.match(lossCheck(FACTS).detail, /nothing lost; fullest map slots, 25 %/);
  const lossy = lossCheck({ ...FACTS, drops: { ring_full: 12, no_slot: 0 } });
  assert.deepEqual([lossy.status, lossy.code], ['warn', 'SND_AGT_LOSS']);
  assert.match(lossy.detail, /^12 ring_full;/);
});

async function dockerLike(t: TestContext, handler: RequestListener): Promise<string> {
  const socketPath = join(tempDir(t), 's');
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `unix://${socketPath}`;
}

test('Docker: answers, hangs, talks nonsense, is absent, is switched off', async (t) => {
  const version = JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' });
  const check = async (dockerHost: string) => (await runtimeChecks(dockerHost))[0];
  const good = await check(await dockerLike(t, (_, response) => response.end(version)));
  assert.match(good?.detail ?? '', /version 20.10.24, API 1.41 \(oldest 1.12\)/);
  const hangs = await check(await dockerLike(t, () => {}));
  assert.deepEqual([hangs?.status, hangs?.code], ['warn', 'SND_IDN_DOCKER_UNREACHABLE']);
  assert.match(hangs?.detail ?? '', /no answer within 3000 ms/);
  assert.equal((await check(await dockerLike(t, (_, response) => response.end('\u0000{]'))))?.status, 'warn');
  const endless: RequestListener = (_, response) => {
    const more = () => response.write('x'.repeat(65_536), (error) => (error ? undefined : setImmediate(more)));
    more();
  };
  assert.match((await check(await dockerLike(t, endless)))?.detail ?? '', /too long/);
  const raw = createTcp((socket) => socket.end('220 not http\r\n'));
  const path = join(tempDir(t), 's');
  await new Promise<void>((resolve) => raw.listen(path, resolve));
  t.after(() => raw.close());
  assert.equal((await check(`unix://${path}`))?.status, 'warn');
  assert.match((await check('unix:///no/such/socket'))?.detail ?? '', /ENOENT/);
  assert.equal((await check('ssh://elsewhere'))?.code, 'SND_IDN_DOCKER_HOST');
  assert.equal((await check('off'))?.status, 'ok');
});

test('data directory: there, not yet there, unusable, nearly full', (t) => {
  const dataDir = tempDir(t);
  const check = (path: string, queueLimitBytes = 1) => dataDirCheck({ dataDir: path, queueLimitBytes });
  assert.equal(check(dataDir).status, 'ok');
  assert.match(check(join(dataDir, 'a/b')).detail, /\(will be made\)/);
  writeFileSync(join(dataDir, 'file'), '');
  assert.equal(check(join(dataDir, 'file')).code, 'SND_AGT_DATA_DIR');
  assert.equal(check(dataDir, 2 ** 60).code, 'SND_AGT_DISK_SPACE');
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';

/** Set-up where something can't be had: it says what is missing and how to get it, and which exit code. */

/** Programs that every Linux has; everything else is missing on the machine that a test describes. */
const BASE = ['bash', 'cat', 'dirname', 'env', 'id', 'mkdir', 'printf', 'readlink', 'tail', 'tr', 'uname', 'grep'];

function programOf(name: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const { status } = spawnSync('test', ['-x', join(folder, name)]);
    if (status === 0) return join(folder, name);
  }
  throw new Error(`this machine has no ${name}`);
}

/** A folder of programs to be the whole PATH; `own` are shell scripts that stand in for some. */
function machine(t: TestContext, own: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-setup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of BASE) if (!(name in own)) symlinkSync(programOf(name), join(folder, name));
  for (const [name, script] of Object.entries(own)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function setUp(path: string): { readonly code: number | null; readonly text: string } {
  const { status, stderr } = spawnSync('/bin/bash', ['scripts/setup', 'run'], {
    encoding: 'utf8',
    env: { PATH: path, SETUP_LOCKED: '1' },
  });
  return { code: status, text: stderr };
}

const uname = (system: string, machineName: string, release: string): string =>
  `case $1 in -s) echo ${system};; -m) echo ${machineName};; -r) echo ${release};; esac`;

test('a host that can never run it: exit code 3', (t) => {
  for (const [answers, says] of [
    [uname('Darwin', 'arm64', '24.0'), /this is Darwin\n.*Linux/],
    [uname('Linux', 'riscv64', '6.12.0'), /riscv64\n.*x86_64/],
    [uname('Linux', 'x86_64', '5.4.0-150-generic'), /kernel 5\.4\.0-150-generic is too old\n.*5\.12/],
    [uname('Linux', 'x86_64', '4.19.0'), /too old/],
  ] as const) {
    const { code, text } = setUp(machine(t, { uname: answers }));
    assert.equal(code, 3, text);
    assert.match(text, says);
  }
});

test('a kernel without BTF: exit code 3', () => {
  const hidden = 'mount -t tmpfs none /sys/kernel/btf && SETUP_LOCKED=1 bash scripts/setup run';
  const { status, stderr } = spawnSync('unshare', ['-m', 'bash', '-c', hidden], { encoding: 'utf8' });
  assert.equal(status, 3, stderr);
  assert.match(stderr, /has no BTF .*\n.*CONFIG_DEBUG_INFO_BTF/);
});

test('packages are missing and there is no apt: exit code 1, with their names here and on Fedora', (t) => {
  const { code, text } = setUp(machine(t));
  assert.equal(code, 1, text);
  assert.match(text, /no Debian or Ubuntu: .*clang.*make.*g\+\+.*pkg-config/);
  assert.match(text, /Fedora: clang llvm .*libbpf-devel/);
});

test('apt-get that fails: exit code 1, with what it said', (t) => {
  const path = machine(t, { 'apt-get': 'echo "E: no network" >&2; exit 100' });
  const { code, text } = setUp(path);
  assert.equal(code, 1, text);
  assert.match(text, /E: no network[\s\S]*apt-get update failed/);
});

test('packages of another version than the lockfile, or OpenTelemetry of another major, are not fresh', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-packages-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync('scripts/packages-fresh.mjs', join(folder, 'packages-fresh.mjs'));
  const write = (path: string, content: object) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(content));
  };
  const sdk = 'node_modules/@opentelemetry/sdk-metrics';
  const others = { optional: true, os: ['linux'], cpu: ['mips'], version: '1' };
  const state = (wanted: string, installed: string | undefined, binding: object = others) => {
    write('package-lock.json', {
      packages: { '': {}, [sdk]: { version: wanted }, addon: { version: '1', optional: true }, binding },
    });
    write('node_modules/.package-lock.json', {
      packages: installed === undefined ? {} : { [sdk]: { version: installed } },
    });
    write(`${sdk}/package.json`, { version: installed ?? '' });
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    rmSync(join(folder, 'node_modules/.bin/node'), { force: true });
    symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
    const { status, stderr } = spawnSync(process.execPath, ['packages-fresh.mjs'], { cwd: folder, encoding: 'utf8' });
    return `${status} ${stderr.trim()}`;
  };
  assert.equal(state('3.1.0', '3.1.0'), '0 ');
  assert.equal(state('3.1.0', '3.0.0'), `1 ${sdk} is 3.0.0, not 3.1.0`);
  assert.equal(state('3.1.0', undefined), `1 ${sdk} is missing, not 3.1.0`);
  // npm under an old Node leaves out optional packages that want a newer one, also those for this machine.
  const ours = { ...others, cpu: process.arch, libc: ['glibc'] };
  assert.equal(state('3.1.0', '3.1.0', ours), '1 binding is missing, not 1');
  assert.equal(state('3.1.0', '3.1.0', { ...ours, libc: ['musl'] }), '0 ');
  assert.equal(state('2.12.1', '2.12.1'), '1 OpenTelemetry is 2.12.1, not 3.x');
});

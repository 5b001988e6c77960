import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run, tryRun } from '../harness/command.ts';
import { isAlive } from '../harness/lock.ts';

/**
 * The harness's own dockerd, in a network namespace of its own beside the one that the other tests use:
 * shared while anybody uses it, ended by the last one, kept for a run when asked, and never a foreign one.
 */
const HARNESS = join(import.meta.dirname, '../harness');
const folder = mkdtempSync(join(tmpdir(), 'sonde-dockerd-'));
const env = {
  SONDE_TEST_RUN: join(folder, 'run'),
  SONDE_TEST_CACHE: join(folder, 'cache'),
  SONDE_TEST_DOCKER_SOCKET: join(folder, 'docker.sock'),
  DOCKER_HOST: '',
};
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }));

/** Runs a shell script where `use` is a test process that needs a dockerd for a second. */
async function inNamespace(script: string): Promise<string> {
  const ensure = `import('${HARNESS}/dockerd.ts').then(async (m) => { await m.ensureDockerd(); setTimeout(() => undefined, 1000); })`;
  const keep = `import('${HARNESS}/dockerd.ts').then((m) => m.ensureDockerd('keep'))`;
  const node = process.execPath;
  const prelude = [
    'ip link set lo up',
    `use() { ${node} -e "${ensure}"; }`,
    `keep() { ${node} -e "${keep}"; }`,
    `stop() { ${node} ${HARNESS}/prepare.ts stop; }`,
    'pid() { cat "$SONDE_TEST_RUN/dockerd.pid"; echo; }',
  ];
  return run('unshare', ['--net', '--mount', 'bash', '-ec', [...prelude, script].join('\n')], {
    env,
    timeoutMs: 120_000,
  });
}

const pidsOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map(Number);

async function assertGone(pid: number): Promise<void> {
  for (let i = 0; i < 100 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(isAlive(pid), false, `dockerd ${pid} is still there`);
}

test('two that use it at once share it, and the last one ends it', async () => {
  const seen = 'until [ -s "$SONDE_TEST_RUN/dockerd.pid" ]; do sleep 0.1; done; pid';
  const output = await inNamespace(`use & use & ${seen}; wait; grep -c 'completed init' "$SONDE_TEST_RUN/dockerd.log"`);
  const [pid, starts] = pidsOf(output);
  assert.equal(starts, 1);
  await assertGone(pid ?? 0);
});

test('kept for a run it outlives its users until it is given back', async () => {
  const output = await inNamespace('keep; pid; use; pid; kill -0 $(pid) && echo alive; stop');
  const [first, second] = pidsOf(output);
  assert.equal(first, second);
  assert.match(output, /^alive$/m);
  assert.match(output, /dockerd of the tests ended/);
  await assertGone(first ?? 0);
});

test('giving it back while another test uses it leaves it to that one', async () => {
  const output = await inNamespace('keep; use & sleep 0.7; stop; kill -0 $(pid) && echo alive; pid; wait');
  assert.match(output, /no dockerd of the tests to end/);
  assert.match(output, /^alive$/m);
  await assertGone(pidsOf(output)[0] ?? 0);
});

test('a dockerd that it did not start is used and stays', async () => {
  const flags = `--data-root ${folder}/foreign --exec-root ${folder}/exec --pidfile ${folder}/foreign.pid --exec-opt native.cgroupdriver=cgroupfs`;
  const script = [
    `dockerd --host unix://$SONDE_TEST_DOCKER_SOCKET ${flags} >/dev/null 2>&1 & foreign=$!`,
    'for i in $(seq 100); do [ -S "$SONDE_TEST_DOCKER_SOCKET" ] && break; sleep 0.1; done; sleep 1',
    'use; stop; kill -0 $foreign && echo alive; kill $foreign; wait $foreign || true',
  ].join('\n');
  const output = await inNamespace(script);
  assert.match(output, /^alive$/m);
  assert.deepEqual(
    readdirSync(join(folder, 'run')).filter((name) => name === 'dockerd.pid'),
    [],
  );
});

test('without a dockerd program it says what to install', async () => {
  const program = `import('${HARNESS}/dockerd.ts').then((m) => m.ensureDockerd())`;
  const result = await tryRun(process.execPath, ['-e', program], {
    env: { ...env, PATH: '/nowhere' },
    timeoutMs: 90_000,
  });
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /Install docker\.io/);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real program in a process, by its launcher. None of these calls loads a BPF program. */
function sonde(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  launcher = 'scripts/sonde',
): Outcome {
  const { status, stdout, stderr } = spawnSync(launcher, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

test('version and help, also from another folder by a link, as npx does', () => {
  assert.match(sonde(['version']).out, /^sonde \d+\.\d+\.\d+ \(Node \d+/);
  const folder = mkdtempSync(join(tmpdir(), 'sonde-cli-'));
  try {
    symlinkSync(join(process.cwd(), 'scripts/sonde'), join(folder, 'sonde'));
    const { code, out } = sonde(['--help'], {}, join(folder, 'sonde'));
    assert.equal(code, 0);
    for (const word of ['run', 'top', 'doctor', 'version', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'SONDE_SCOPE'])
      assert.ok(out.includes(word), word);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('each command has its own help', () => {
  for (const command of ['run', 'top', 'doctor', 'version']) {
    const { code, out } = sonde([command, '--help']);
    assert.equal(code, 0);
    assert.ok(out.startsWith(`sonde ${command}: `), out);
    assert.equal(out.includes('--check-config'), command === 'run');
  }
});

test('bad usage and a bad configuration exit with 2 and one coded line a problem, on standard error', () => {
  for (const args of [['runn'], ['--no-such-flag'], ['run', 'stray'], ['top', '--check-config']]) {
    const { code, out, err } = sonde(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, /^SND_CFG_(USAGE|UNKNOWN) /);
  }
  const { code, err } = sonde(['run'], { SONDE_SYSCALLS: 'maybe', OTEL_METRIC_EXPORT_INTERVAL: '-1' });
  assert.equal(code, 2);
  assert.match(err, /SONDE_SYSCALLS.*"maybe".*off, count, latency/);
  assert.match(err, /OTEL_METRIC_EXPORT_INTERVAL.*"-1"/);
});

test('--check-config says what a good one does, with the whole schema looked at', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-cli-'));
  const file = join(folder, 'c.yaml');
  try {
    writeFileSync(
      file,
      'file_format: "1.0"\nmeter_provider: {readers: [{periodic: {exporter: {otlp_grpc: {endpoint: "http://c:1"}}}}]}\npropagator: {}\n',
    );
    const good = sonde(['--check-config', '--config', file]);
    assert.equal(good.code, 0, good.err);
    assert.match(good.out, /Exports by grpc to http:\/\/c:1\/ every 10000 ms/);
    assert.match(good.out, /propagator has no effect/);
    writeFileSync(file, 'file_format: "1.0"\nattribute_limits: {attribute_count_limit: many}\n');
    const bad = sonde(['run', '--check-config'], { OTEL_CONFIG_FILE: file });
    assert.equal(bad.code, 2);
    assert.match(bad.err, /attribute_count_limit/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a reader that closes the pipe early is no error', () => {
  const { status, stderr } = spawnSync('bash', ['-c', 'scripts/sonde --help | head -1; echo ${PIPESTATUS[0]}'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.equal(stderr, '');
});

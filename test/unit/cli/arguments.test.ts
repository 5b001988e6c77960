import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { SondeError } from '../../../src/errors/sonde-error.ts';

test('command, its own flags, and what is left for the settings', () => {
  const given = parseArguments(['top', '--once', '--scope', 'host']);
  assert.equal(given.command, 'top');
  assert.deepEqual([...given.flags], ['--once']);
  assert.deepEqual(given.settings, ['--scope', 'host']);
});

test('without a command: none, and flags of run count', () => {
  const given = parseArguments(['--check-config', '--syscalls', 'off']);
  assert.equal(given.command, undefined);
  assert.ok(given.flags.has('--check-config'));
  assert.deepEqual(given.settings, ['--syscalls', 'off']);
});

test("another command's flag is left to the settings, which refuse it", () => {
  assert.deepEqual(parseArguments(['doctor', '--once']).settings, ['--once']);
});

test('help and version in their usual spellings', () => {
  for (const argv of [['--help'], ['-h'], ['help'], ['--scope', 'host', '--help']])
    assert.ok(parseArguments(argv).isHelp);
  assert.equal(parseArguments(['help', 'top']).command, 'top');
  assert.ok(parseArguments(['top', '-h']).isHelp);
  for (const argv of [['version'], ['--version'], ['-V']]) assert.equal(parseArguments(argv).command, 'version');
});

test('an unknown command is bad usage, and the nearest one is told', () => {
  assert.throws(
    () => parseArguments(['tpo']),
    (error) =>
      error instanceof ConfigError && error.code === 'SND_CFG_USAGE' && error.message.includes('did you mean top?'),
  );
  for (const word of ['constructor', '__proto__', 'toString']) assert.throws(() => parseArguments([word]), ConfigError);
  assert.deepEqual(parseArguments(['run', '--toString']).settings, ['--toString']);
});

test('exit codes: 2 for configuration, 3 for the host, 1 for the rest', () => {
  assert.equal(exitCodeOf(new SondeError('SND_CFG_VALUE', 'x')), 2);
  assert.equal(exitCodeOf(new SondeError('SND_BPF_NO_BTF', 'x')), 3);
  assert.equal(exitCodeOf(new SondeError('SND_AGT_DATA_DIR_LOCKED', 'x')), 1);
  assert.equal(exitCodeOf(new Error('x')), 1);
});

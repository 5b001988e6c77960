import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readConfigFile } from '../../../src/config/file.ts';
import { fileSettings } from '../../../src/config/file-settings.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { SETTINGS, type Setting } from '../../../src/config/settings.ts';
import { load } from './load-with.ts';

const settings: readonly Setting[] = Object.values(SETTINGS);
const VARIABLES = settings.flatMap((s) => s.env);
const FLAGS = settings.flatMap((s) => (s.flag === undefined ? [] : [s.flag]));
const PATHS = settings.flatMap((s) => s.file?.split(/[.[\]*]+/) ?? []);

/** Anything, and what is nearly right. */
const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string(),
  fc.webUrl({ withQueryParameters: true }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom(
    'true',
    'otlp',
    'grpc',
    'http/protobuf',
    '/',
    '//',
    '..',
    '1e999',
    '-0',
    '__proto__=x',
    '%',
    'a=%',
    ',,,',
    '${',
  ),
  fc.array(fc.tuple(fc.string(), fc.string())).map((entries) => entries.map((e) => e.join('=')).join(',')),
);

/** Gives a configuration or says what is wrong: any other exception fails the test. */
function neverCrashes(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error instanceof Error ? error.stack : error));
    assert.ok(error.problems.length > 0 && error.problems.every((p) => p.path !== '' && p.detail !== ''));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal must not be steered by them
    assert.doesNotMatch(error.message, /[\x00-\x09\x0b-\x1f\x7f]/);
  }
}

/** Garbage in every setting; `factor` times as many cases as the unit suite has. */
export function testGarbage(factor: number): void {
  test('garbage in any variable gives a configuration or a coded error', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...VARIABLES), garbage, { maxKeys: 8 }), (env) => {
        neverCrashes(() => load({ env }));
      }),
      { numRuns: 2000 * factor },
    );
  });

  test('garbage in each variable alone', () => {
    for (const name of VARIABLES) {
      fc.assert(
        fc.property(garbage, (value) => neverCrashes(() => load({ env: { [name]: value } }))),
        { numRuns: 60 * factor },
      );
    }
  });

  test('garbage on the command line', () => {
    const word = fc.oneof(
      fc.constantFrom(...FLAGS),
      garbage,
      fc.tuple(fc.constantFrom(...FLAGS), garbage).map((t) => t.join('=')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => neverCrashes(() => load({ argv }))),
      { numRuns: 2000 * factor },
    );
  });

  test('unknown variables with any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        neverCrashes(() => load({ env: { [`SONDE_${name}`]: 'x' } }));
      }),
      { numRuns: 100 * factor },
    );
  });

  test('any text as the file', () => {
    const line = fc.tuple(
      fc.constantFrom(...PATHS, 'file_format', 'distribution', 'sonde', '- periodic', 'readers'),
      garbage,
    );
    const yaml = fc
      .array(fc.tuple(fc.nat(8), line))
      .map((lines) => lines.map(([n, [k, v]]) => `${' '.repeat(n)}${k}: ${v}`).join('\n'));
    fc.assert(
      fc.property(fc.oneof(garbage, yaml), (text) => {
        neverCrashes(() => load({ env: { OTEL_CONFIG_FILE: '/c' }, files: { '/c': text } }));
        neverCrashes(() => readConfigFile('/c', text, {}));
      }),
      { numRuns: 2000 * factor },
    );
  });

  test('any structure as the file, known keys with wrong kinds of value', () => {
    const key = fc.constantFrom(
      ...PATHS.filter((p) => p !== ''),
      'file_format',
      'distribution',
      'sonde',
      'periodic',
      'otlp_http',
      'otlp_grpc',
      'name',
      'value',
      '__proto__',
      'constructor',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 7 },
        fc.constantFrom(null, undefined, 1, 0.5, true, '1.0', 'text', Number.NaN, new Date(0)),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const { values } = fileSettings(value);
        for (const { raw } of values.values()) assert.ok(typeof raw === 'string' || typeof raw === 'object');
      }),
      { numRuns: 3000 * factor },
    );
  });
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mainHelp } from '../../../src/cli/help.ts';
import { OWN_FILE_SETTINGS, SETTINGS, type Setting } from '../../../src/config/settings.ts';

const settings: readonly Setting[] = Object.values(SETTINGS);
const page = readFileSync('docs/settings.md', 'utf8');

test('page and help name every variable and flag of the table, and no other SONDE_ variable', () => {
  const help = mainHelp();
  for (const text of [page, help]) {
    for (const { env, flag } of settings) {
      for (const name of env) assert.ok(text.includes(name), name);
      if (flag !== undefined) assert.ok(text.includes(flag), flag);
    }
    const known = settings.flatMap((s) => s.env);
    for (const [name] of text.matchAll(/\bSONDE_[A-Z_]*[A-Z]\b/g)) assert.ok(known.includes(name), name);
  }
});

test('the schema of the file has exactly the keys that are read', () => {
  const schema = JSON.parse(readFileSync('docs/settings.schema.json', 'utf8')) as { properties: object };
  assert.deepEqual(Object.keys(schema.properties), [...OWN_FILE_SETTINGS.keys()]);
});

test('no two settings share a variable, a flag or a place in the file; every default is allowed', () => {
  const distinct = (names: readonly string[]) => assert.equal(new Set(names).size, names.length);
  distinct(settings.flatMap((s) => s.env));
  distinct(settings.flatMap((s) => s.flag ?? []));
  distinct(settings.flatMap((s) => s.file ?? []));
  for (const s of settings) if (s.default !== undefined) assert.notEqual(s.type.parse(s.default), undefined, s.env[0]);
});

test('secrets have no flag: a command line can be read by every user of the host', () => {
  assert.deepEqual(
    settings.filter((s) => s.isSecret && s.flag !== undefined).map((s) => s.env),
    [],
  );
});

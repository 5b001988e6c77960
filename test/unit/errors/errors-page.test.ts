import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeError, SondeError } from '../../../src/errors/sonde-error.ts';
import { ERROR_TABLE } from '../../../src/errors/table.ts';

const PAGE = readFileSync('docs/errors.md', 'utf8');
const rows = [...PAGE.matchAll(/^\| `(SND_[A-Z_0-9]+)` \| (.+?) \| (.+?) \|$/gm)];

test('the page names every code of the table with its texts, and no other', () => {
  const page = Object.fromEntries(rows.map(([, code, what, remedy]) => [code, { what, remedy }]));
  const table = Object.fromEntries(
    Object.entries(ERROR_TABLE).map(([code, { what, remedy }]) => [
      code,
      { what: what.replaceAll('|', '\\|'), remedy: remedy.replaceAll('|', '\\|') },
    ]),
  );
  assert.deepEqual(page, table);
  assert.equal(rows.length, Object.keys(ERROR_TABLE).length);
});

test('every code is well formed, says what and how to mend it, and is used', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('errors/') && !file.startsWith('generated/'))
    .map((file) => readFileSync(`src/${file}`, 'utf8'))
    .join('\n');
  for (const [code, { what, remedy }] of Object.entries(ERROR_TABLE)) {
    assert.match(code, /^SND_(AGT|CFG|BPF|IDN|DEC|STI|EXP)_[A-Z0-9_]+$/);
    assert.ok(what.length > 5 && /[.?!`]$/.test(remedy), code);
    assert.ok(sources.includes(`'${code}'`), `${code} is raised nowhere`);
  }
});

test('every code written in the source is in the table', () => {
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const [code] of readFileSync(`src/${file}`, 'utf8').matchAll(/\bSND_[A-Z]{3}_[A-Z0-9_]*[A-Z0-9]\b/g))
      assert.ok(code in ERROR_TABLE, `${file} has ${code}, which the table lacks`);
  }
});

test('an error shows code, what, remedy, and keeps its cause', () => {
  const cause = new Error('socket');
  const error = new SondeError('SND_CFG_FILE', '/x', { cause });
  assert.equal(error.cause, cause);
  assert.match(describeError(error), /^SND_CFG_FILE configuration file cannot be used: \/x\. Correct /);
  assert.equal(describeError(new Error('plain')), 'plain');
  assert.equal(describeError('text'), 'text');
});

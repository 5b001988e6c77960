import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

/** The test runner itself: what must not pass, does not. */
const folder = mkdtempSync(join(tmpdir(), 'sonde-runner-'));
after(() => rmSync(folder, { recursive: true }));
cpSync('scripts/run-tests.ts', join(folder, 'run-tests.ts'));

function runSuite(body: string | undefined): { readonly code: number | null; readonly text: string } {
  rmSync(join(folder, 'test'), { recursive: true, force: true });
  if (body !== undefined) {
    mkdirSync(join(folder, 'test/unit'), { recursive: true });
    writeFileSync(join(folder, 'test/unit/planted.test.ts'), `import { test } from 'node:test';\n${body}\n`);
  }
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_TEST')));
  const { status, stdout } = spawnSync(process.execPath, [resolve(folder, 'run-tests.ts'), 'unit'], {
    cwd: folder,
    encoding: 'utf8',
    env: inherited,
  });
  return { code: status, text: stdout };
}

const lastCounts = (text: string): string => text.slice(text.lastIndexOf('ℹ tests')).replaceAll(/\s+/g, ' ');

test('a suite that passes ends with 0 and the counts', () => {
  const { code, text } = runSuite("test('good', () => {});");
  assert.equal(code, 0, text);
  assert.match(lastCounts(text), /^ℹ tests 1 ℹ pass 1 ℹ fail 0 ℹ cancelled 0 ℹ skipped 0 ℹ todo 0 /);
});

test('a failed test fails the run', () => {
  const { code, text } = runSuite("test('good', () => {});\ntest('bad', () => { throw new Error('planted'); });");
  assert.equal(code, 1);
  assert.match(lastCounts(text), /ℹ tests 2 ℹ pass 1 ℹ fail 1 /);
});

for (const [how, body] of Object.entries({
  'test.skip': "test.skip('later', () => {});",
  'a skip option': "test('later', { skip: true }, () => {});",
  'a skip from within': "test('later', (t) => t.skip());",
  'a todo': "test('later', { todo: true }, () => {});",
})) {
  test(`${how} counts as failed`, () => {
    const { code, text } = runSuite(`test('good', () => {});\n${body}`);
    assert.equal(code, 1, text);
    assert.match(text, /a skipped test counts as failed/);
  });
}

test('a suite without files, and a file without tests, fail the run', () => {
  assert.match(runSuite(undefined).text, /suite unit has no test that passed/);
  const empty = runSuite('void test;');
  assert.equal(empty.code, 1, empty.text);
});

test('a file that does not load fails the run', () => {
  assert.equal(runSuite("await import('./nothing.ts');").code, 1);
});

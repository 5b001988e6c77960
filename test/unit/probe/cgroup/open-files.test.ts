import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createOpenFiles } from '../../../../src/probe/cgroup/open-files.ts';

let dir = '';
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'sonde-files-'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

test('beyond the limit files are opened for each read, and are no less read', () => {
  const files = createOpenFiles(2);
  const opened = ['a', 'b', 'c'].map((name) => {
    writeFileSync(join(dir, name), name);
    return files.open(join(dir, name));
  });
  assert.equal(files.openCount, 2);
  assert.deepEqual(
    opened.map((file) => file.read()),
    ['a', 'b', 'c'],
  );
  opened[0]?.close();
  assert.equal(files.openCount, 1);
  assert.equal(opened[2]?.read(), 'c');
  assert.equal(files.openCount, 2);
  for (const file of opened) file.close();
  assert.equal(files.openCount, 0);
  assert.equal(opened[1]?.read(), undefined);
});

test('a file that is removed is still read while open; one that never was is not', () => {
  const files = createOpenFiles(10);
  writeFileSync(join(dir, 'gone'), '42\n');
  const gone = files.open(join(dir, 'gone'));
  rmSync(join(dir, 'gone'));
  assert.equal(gone.read(), '42\n');
  assert.equal(files.open(join(dir, 'never')).read(), undefined);
  assert.equal(files.openCount, 1);
});

test('more than a page is read to its end; more than the buffer is cut', () => {
  const files = createOpenFiles(10);
  writeFileSync(join(dir, 'long'), 'x'.repeat(10_000));
  assert.equal(files.open(join(dir, 'long')).read()?.length, 10_000);
  writeFileSync(join(dir, 'longer'), 'x'.repeat(100_000));
  assert.equal(files.open(join(dir, 'longer')).read()?.length, 65_536);
  // A real seq_file, which gives a page a read.
  const text = files.open('/proc/self/smaps').read() ?? '';
  assert.ok(text.length > 4_096);
});

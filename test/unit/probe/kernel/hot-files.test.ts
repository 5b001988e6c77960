import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOT } from '../../../../src/generated/layout.ts';
import { decodeHotFiles } from '../../../../src/probe/kernel/hot-files.ts';

test('entries with their paths turned round, bytes above 2^32 exact', () => {
  const bytes = new Uint8Array(HOT.sizeBytes * 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(HOT.slot, 5, true);
  view.setBigUint64(HOT.bytes, 2n ** 40n + 7n, true);
  view.setBigUint64(HOT.bytes + 8, 9n, true);
  const path = new TextEncoder().encode('leaf.txt\0dir\0mnt\0');
  bytes.set(path, HOT.path);
  view.setUint16(HOT.pathBytes, path.length, true);
  view.setUint16(HOT.sizeBytes + HOT.slot, 6, true);
  assert.deepEqual(decodeHotFiles(bytes), [
    { slot: 5, path: '/mnt/dir/leaf.txt', readBytes: 2 ** 40 + 7, writtenBytes: 9 },
    { slot: 6, path: '/', readBytes: 0, writtenBytes: 0 },
  ]);
});

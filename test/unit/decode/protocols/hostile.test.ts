import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutateCorpus, randomBytes } from './hostile.ts';
import { newConnection } from './pieces.ts';

test('mutated recordings do no harm', () => mutateCorpus(400));

test('random bytes do no harm', () => randomBytes(400));

test('a message that never ends is given up, not kept', () => {
  const endless: Readonly<Record<string, readonly [first: string, more: string]>> = {
    http1: ['GET / HTTP/1.1\r\nx: ', 'y'],
    redis: ['*2\r\n$3\r\nGET\r\n$', '1'],
    postgresql: ['Q\0\0\x10\0SELECT 1, 2, 3, 4', 'x'],
    mysql: ['\xff\xff\x0f\0\x03SELECT 1', 'x'],
  };
  for (const [protocol, [first, more]] of Object.entries(endless)) {
    const { decoder, missed } = newConnection();
    decoder.push('a', Buffer.from(first, 'latin1'), 0);
    assert.equal(decoder.protocol, protocol);
    const beforeBytes = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(1000, more);
    for (let count = 0; count < 20_000; count++) decoder.push('a', chunk, count);
    assert.ok(process.memoryUsage().arrayBuffers - beforeBytes < 2_000_000, protocol);
    decoder.close('connection ended', 20_001);
    if (protocol !== 'postgresql' && protocol !== 'mysql') assert.equal(missed.length, 1, protocol);
  }
});

test('after a loss nothing is paired until a request begins anew', () => {
  const { decoder, exchanges, missed } = newConnection();
  const ask = (key: string): Buffer => Buffer.from(`*2\r\n$3\r\nGET\r\n$1\r\n${key}\r\n`);
  decoder.push('a', ask('1'), 1);
  decoder.push('b', Buffer.from('$1\r\nx\r\n'), 2);
  decoder.push('a', ask('2'), 3);
  decoder.gap('b', 7, 4);
  decoder.push('b', Buffer.from('$1\r\nstray\r\n'), 5);
  decoder.push('a', ask('3'), 6);
  decoder.push('b', Buffer.from('-ERR no\r\n'), 7);
  decoder.close('connection ended', 8);
  assert.deepEqual(
    exchanges.map(({ startNs, status, missed: why }) => [startNs, status, why]),
    [
      [1, 'ok', undefined],
      [3, 'unknown', 'capture gap'],
      [6, 'failed', undefined],
    ],
  );
  assert.deepEqual(missed, ['redis capture gap']);
});

test('what is lost inside a body that is passed over anyway costs nothing', () => {
  const { decoder, exchanges, missed } = newConnection();
  decoder.push('a', Buffer.from('GET /a HTTP/1.1\r\n\r\n'), 1);
  decoder.push('b', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc'), 2);
  decoder.gap('b', 900, 3);
  decoder.push('b', Buffer.from('x'.repeat(97)), 4);
  assert.equal(exchanges.length, 1);
  assert.deepEqual(exchanges[0]?.response, { offsetBytes: 0, sizeBytes: 1041 });
  assert.equal(exchanges[0]?.endNs, 4);
  assert.deepEqual(missed, []);
});

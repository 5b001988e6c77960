import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignedOf, fieldOf, numberAt } from '../../../../src/probe/proc/fields.ts';
import { parseNetDev } from '../../../../src/probe/proc/net-dev.ts';
import { pageSizeBytes } from '../../../../src/probe/proc/page-size.ts';
import { parseProcStat } from '../../../../src/probe/proc/parse-stat.ts';
import { parseProcIo } from '../../../../src/probe/proc/process-files.ts';

const RECORDED =
  '20857 (sleep) S 20836 20857 20857 0 -1 4194560 1150 572 2 0 57 1 0 0 25 5 1 0 432181 2322432 316 18446744073709551615 4198400 5785993 140729412961712 0 0 0 0 4 0 1 0 0 17 1 0 0 0 0 0 6141704 6178576 409657344 140729412964209 140729412964220 140729412964220 140729412964329 0';

test('stat, recorded', () => {
  assert.deepEqual(parseProcStat(RECORDED), {
    name: 'sleep',
    state: 'S',
    parentPid: 20836,
    userTicks: 57,
    systemTicks: 1,
    threads: 1,
    startTicks: 432181,
    virtualBytes: 2322432,
    rssPages: 316,
  });
});

test('a name may hold brackets, blanks and controls', () => {
  const stat = parseProcStat(RECORDED.replace('(sleep)', '(a) R 1 (b\u0007)'));
  assert.equal(stat?.name, 'a) R 1 (b\ufffd');
  assert.equal(stat?.userTicks, 57);
});

test('any text: undefined or whole numbers', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((s) => RECORDED.replace(' 57 ', s)),
      ),
      (text) => {
        const stat = parseProcStat(text);
        if (stat === undefined) return;
        assert.ok([stat.userTicks, stat.systemTicks, stat.startTicks, stat.rssPages].every(Number.isSafeInteger));
        assert.ok(stat.name.isWellFormed());
      },
    ),
    { numRuns: 1_000 },
  );
});

test('numbers: blanks before, anything after; no digits is no number', () => {
  assert.equal(numberAt('  42 rest', 0), 42);
  assert.equal(numberAt('max', 0), undefined);
  assert.equal(numberAt('', 5), undefined);
  assert.equal(numberAt('9'.repeat(400), 0), undefined);
  assert.equal(fieldOf('a 1\nab 2\nb 3\n', 'b'), 3);
  assert.equal(fieldOf('a 1\nab 2\n', 'a'), 1);
  assert.equal(fieldOf('ab 2\n', 'a'), undefined);
  assert.equal(assignedOf('8:0 rbytes=5 wbytes=6', 'wbytes'), 6);
  assert.equal(assignedOf('8:0 xwbytes=5', 'wbytes'), undefined);
});

test('interfaces: aliases, glued numbers, odd names; loopback left out', () => {
  const text = [
    'Inter-|   Receive |  Transmit',
    ' face |bytes',
    '    lo:       9       9    0    0    0     0          0         0        9       9    0    0    0     0       0          0',
    '  eth0:1234567       8    1    2    0     0          0         0       77       9    3    4    0     0       0          0',
    'eth0:1: 5 0 0 0 0 0 0 0 6 0 0 0 0 0 0 0',
    'broken line',
    '',
  ].join('\n');
  assert.deepEqual(parseNetDev(text), [
    {
      interfaceName: 'eth0',
      receivedBytes: 1234567,
      receiveErrors: 1,
      receiveDropped: 2,
      transmittedBytes: 77,
      transmitErrors: 3,
      transmitDropped: 4,
    },
    {
      interfaceName: 'eth0:1',
      receivedBytes: 5,
      receiveErrors: 0,
      receiveDropped: 0,
      transmittedBytes: 6,
      transmitErrors: 0,
      transmitDropped: 0,
    },
  ]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (rubbish) => {
      for (const row of parseNetDev(`\n\n${rubbish}`)) assert.ok(Number.isFinite(row.receivedBytes));
    }),
  );
  const many = Array.from({ length: 5_000 }, (_, i) => `veth${i}: 1`);
  assert.equal(parseNetDev(`\n\n${many.join('\n')}`).length, 256);
});

test('io of this process and its page size are what the system says', () => {
  assert.ok(parseProcIo(readFileSync('/proc/self/io', 'utf8')));
  assert.equal(parseProcIo('read_bytes: x\n'), undefined);
  const kernelPageKib = /KernelPageSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1];
  assert.equal(pageSizeBytes(), Number(kernelPageKib) * 1024);
});

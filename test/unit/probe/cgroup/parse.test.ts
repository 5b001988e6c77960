import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyFields } from '../../../../src/probe/cgroup/fields.ts';
import { pressureFiles } from '../../../../src/probe/cgroup/pressure.ts';
import { parseServiceBytes, splitCpu, v1CpuFiles, v1Files } from '../../../../src/probe/cgroup/v1-files.ts';
import { MAX_DEVICES, parseIoStat, v2CpuStat, v2Files } from '../../../../src/probe/cgroup/v2-files.ts';

const ALL = [
  v2CpuStat('/c'),
  ...v2Files('/c'),
  ...pressureFiles('/c'),
  ...v1CpuFiles(() => '/c'),
  ...v1Files(() => '/c'),
];

/** Words and numbers of the real formats, in any order, with any rubbish between. */
const kernelLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'usage_usec',
        'user_usec',
        'total_rss',
        'rbytes=',
        'some',
        'total=',
        '8:0',
        'Read',
        'max',
        '\n',
        ' ',
        '-1',
      ),
      fc.nat().map(String),
      fc.string(),
    ),
    { maxLength: 40 },
  )
  .map((words) => words.join(''));

test('no text makes a parser throw or a number that is not one', () => {
  fc.assert(
    fc.property(fc.oneof(kernelLike, fc.string({ unit: 'binary' })), (text) => {
      const fields = emptyFields();
      for (const { parse } of ALL) parse(text, fields);
      splitCpu(fields);
      const { disk, pressure, ...numbers } = fields;
      for (const value of [...Object.values(numbers), ...Object.values(pressure ?? {})]) {
        assert.ok(value === undefined || (Number.isFinite(value) && value >= 0), String(value));
      }
      for (const { device, readBytes, writtenBytes } of disk) {
        assert.match(device, /^\d+:\d+$/);
        assert.ok(readBytes >= 0 && writtenBytes >= 0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('CPU time split in two: the sum is the total, no part falls, whatever the ticks do', () => {
  const step = fc.record({ addNs: fc.nat(1e9), user: fc.nat(1e4), system: fc.nat(1e4) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      const fields = emptyFields();
      let totalNs = 0;
      let [userS, systemS] = [0, 0];
      for (const { addNs, user, system } of steps) {
        totalNs += addNs;
        Object.assign(fields, { cpuUsageNs: totalNs, cpuUserTicks: user, cpuSystemTicks: system });
        splitCpu(fields);
        const [nowUserS, nowSystemS] = [fields.cpuUserS ?? 0, fields.cpuSystemS ?? 0];
        assert.ok(nowUserS >= userS && nowSystemS >= systemS);
        assert.ok(Math.abs(nowUserS + nowSystemS - totalNs / 1e9) < 1e-6);
        [userS, systemS] = [nowUserS, nowSystemS];
      }
    }),
  );
});

test('devices are bounded', () => {
  const lines = Array.from({ length: 500 }, (_, i) => i);
  assert.equal(parseIoStat(lines.map((i) => `8:${i} rbytes=1 wbytes=2`).join('\n')).length, MAX_DEVICES);
  assert.equal(parseServiceBytes(lines.map((i) => `8:${i} Read 1`).join('\n')).length, MAX_DEVICES);
});

test('v1 service bytes: the total line and other operations are no devices', () => {
  assert.deepEqual(parseServiceBytes('8:0 Read 5\n8:0 Write 6\n8:0 Sync 11\n8:16 Write 7\nTotal 18\n'), [
    { device: '8:0', readBytes: 5, writtenBytes: 6 },
    { device: '8:16', readBytes: 0, writtenBytes: 7 },
  ]);
});

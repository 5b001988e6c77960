import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatPercent,
  formatUptime,
  sparkline,
} from '../../../../src/cli/format.ts';
import { clean, cut, fitText, toAscii, widthOf } from '../../../../src/cli/top/render/text.ts';
import { anyNumber, hostileText } from './hostile-frames.ts';

test('clean takes out what moves a cursor or turns text round, and keeps what people write', () => {
  assert.equal(clean('a\x1b[31mb'), 'a\ufffd[31mb');
  assert.equal(clean('one\ntwo'), 'one two');
  assert.equal(clean('\u202Eevil'), '\ufffdevil');
  assert.equal(clean('容器 Grüße मराठी'), '容器 Grüße मराठी');
  assert.equal(clean('👍🏽'), '👍');
  assert.equal(toAscii('Grüße'), 'Gr??e');
});

test('widths are those of terminals', () => {
  assert.equal(widthOf('容器'), 4);
  assert.equal(widthOf('e\u0301'), 1);
  assert.equal(widthOf('👍'), 2);
  assert.equal(widthOf('–…›▾│█░'), 7);
});

test('fitText is exactly as wide as asked, whatever the text', () => {
  fc.assert(
    fc.property(
      hostileText,
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom('left', 'right'),
      fc.constantFrom('start', 'end'),
      (text, width, align, keep) => {
        assert.equal(widthOf(fitText(clean(text), width, align as 'left', '…', keep as 'start')), width);
        assert.ok(widthOf(cut(clean(text), width)) <= width);
      },
    ),
  );
  assert.equal(fitText('/var/log/nginx/access.log', 12, 'left', '…', 'end'), '…/access.log');
  assert.equal(fitText('checkout-api', 8, 'left', '…'), 'checkou…');
});

test('numbers never outgrow their columns', () => {
  fc.assert(
    fc.property(anyNumber, (value) => {
      for (const [text, limit] of [
        [formatCount(value), 5],
        [formatBytes(value), 5],
        [formatPercent(value), 6],
        [formatAge(value), 5],
      ] as const) {
        assert.ok(text.length <= limit, `${value}: ${text}`);
      }
    }),
  );
});

test('numbers read as people read them', () => {
  assert.deepEqual([0, 0.2, 7, 999, 999.6, 1234, 12_345, 123_456, 1e9].map(formatCount), [
    '0',
    '<1',
    '7',
    '999',
    '1.0k',
    '1.2k',
    '12.3k',
    '123k',
    '1.0G',
  ]);
  assert.deepEqual([512, 1000, 1536, 5 * 1024 ** 2, 3.1 * 1024 ** 3].map(formatBytes), [
    '512',
    '1.0K',
    '1.5K',
    '5.0M',
    '3.1G',
  ]);
  assert.deepEqual([0, 0.001, 0.371, 1.4, 12.8].map(formatPercent), ['0.0', '0.1', '37.1', '140.0', '1280']);
  assert.deepEqual([5000, 65_000, 7_300_000, 2e8].map(formatAge), ['5s', '1m', '2h', '2d']);
  assert.equal(formatUptime(273_600), '3d 4h');
});

test('a sparkline scales to one core, or to its largest value', () => {
  assert.equal(sparkline([0, 0.5, 1], 5, 1, true), '   ▄█');
  assert.equal(sparkline([0.5, 4], 2, 1, true), '▁█');
  assert.equal(sparkline([Number.NaN, 1], 2, 1, false), ' @');
});

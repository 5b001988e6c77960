import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createSystemClock } from '../../../src/self/system-clock.ts';

test('the boot clock in wall time: the same from any instance, and now is now', () => {
  const readings = Array.from({ length: 20 }, () => createSystemClock('/proc').bootToWallMs(0));
  assert.ok(Math.max(...readings) - Math.min(...readings) <= 2, `${readings}`);
  const [uptimeS] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const nowMs = createSystemClock('/proc').bootToWallMs(Number(uptimeS) * 1e9);
  assert.ok(Math.abs(nowMs - Date.now()) < 100, `${nowMs - Date.now()} ms off`);
});

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../model/clock.ts';
import { MS_PER_S, NS_PER_MS } from '../units.ts';

/** A stepped wall clock is followed within this time. */
const REFRESH_MS = 10_000;

/** The real clock. /proc/uptime is CLOCK_BOOTTIME to 10 ms; nothing finer is needed for start times. */
export function createSystemClock(procDir: string): Clock {
  let bootWallMs = readBootWallMs(procDir);
  let readAtMs = performance.now();
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    bootToWallMs(bootNs) {
      if (performance.now() - readAtMs > REFRESH_MS) {
        bootWallMs = readBootWallMs(procDir);
        readAtMs = performance.now();
      }
      return Math.round(bootWallMs + bootNs / NS_PER_MS);
    },
  };
}

function readBootWallMs(procDir: string): number {
  const [uptimeS] = readFileSync(`${procDir}/uptime`, 'utf8').split(' ');
  return Date.now() - Number(uptimeS) * MS_PER_S;
}

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../model/clock.ts';
import { MS_PER_S, NS_PER_MS } from '../units.ts';

/** A stepped wall clock is followed within this time. */
const REFRESH_MS = 10_000;
/** /proc/uptime has 10 ms; a smaller difference to the monotonic clock is no suspend. */
const UPTIME_STEP_MS = 20;
const TRIES = 3;

/**
 * The real clock. Wall clock at boot is told to a tenth of a millisecond, so that the start time of a
 * container comes out the same after a restart of the agent.
 */
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

/** CLOCK_MONOTONIC; Node's `performance.now()` has an origin of its own. */
function monotonicSinceBootMs(): number {
  const [s, ns] = process.hrtime();
  return s * MS_PER_S + ns / NS_PER_MS;
}

function readBootWallMs(procDir: string): number {
  // Preempted between two readings of clocks, a try comes out too small: the largest is the truth.
  const differencesMs = Array.from({ length: TRIES }, () => {
    const wallMs = nextWallMs();
    return wallMs - monotonicSinceBootMs();
  });
  return Math.max(...differencesMs) - suspendedMs(procDir);
}

/** Waits for the next millisecond, at most one: `Date.now()` has no finer steps. */
function nextWallMs(): number {
  const startMs = Date.now();
  let wallMs = startMs;
  while (wallMs === startMs) wallMs = Date.now();
  return wallMs;
}

/** CLOCK_BOOTTIME also counts time asleep. */
function suspendedMs(procDir: string): number {
  const [uptimeS] = readFileSync(`${procDir}/uptime`, 'utf8').split(' ');
  const differenceMs = Number(uptimeS) * MS_PER_S - monotonicSinceBootMs();
  return differenceMs > UPTIME_STEP_MS ? differenceMs : 0;
}

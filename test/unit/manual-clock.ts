import type { Clock } from '../../src/model/clock.ts';

/** Time stands still until the test moves it. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let nowMs = startMs;
  return {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    bootToWallMs: (bootNs) => startMs + bootNs / 1e6,
    advance(ms) {
      nowMs += ms;
    },
  };
}

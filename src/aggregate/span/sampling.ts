/**
 * Consistent probability sampling (W3C `tracestate` key `ot`): the last 56 bits of the trace id are the
 * randomness, and a span is taken when they are not below the threshold. Both are 14 hex digits, which
 * compare as texts as they do as numbers.
 */
export type Randomness = string;

const DIGITS = 14;
const RANGE = 2 ** (DIGITS * 4);

export const randomnessOf = (traceId: string): Randomness => traceId.slice(-DIGITS);

/** Undefined: nothing is taken. */
export function thresholdOf(ratio: number): string | undefined {
  const rejected = Math.round((1 - ratio) * RANGE);
  return rejected >= RANGE ? undefined : BigInt(rejected).toString(16).padStart(DIGITS, '0');
}

/** The threshold that leaves out this randomness and everything below it. */
export function thresholdAbove(randomness: Randomness): string | undefined {
  const next = BigInt(`0x${randomness}`) + 1n;
  return next >= BigInt(RANGE) ? undefined : next.toString(16).padStart(DIGITS, '0');
}

export const isTaken = (randomness: Randomness, threshold: string | undefined): boolean =>
  threshold !== undefined && randomness >= threshold;

/** `tracestate` of what a threshold took. */
export const traceStateOf = (threshold: string): string => `ot=th:${threshold.replace(/0+$/, '') || '0'}`;

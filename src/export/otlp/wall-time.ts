import { NS_PER_MS, TWO_POW_32 } from '../../units.ts';

const TWO_POW_16 = 65536;

/** 64 bits as two unsigned halves. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

/** Wall-clock nanoseconds do not fit a double: multiplied in parts of 16 and 32 bits instead. */
export function wallNs(wallMs: number): Halves {
  const wholeMs = Math.floor(wallMs);
  const upperMs = Math.floor(wholeMs / TWO_POW_16);
  const lowerNs = (wholeMs - upperMs * TWO_POW_16) * NS_PER_MS + Math.round((wallMs - wholeMs) * NS_PER_MS);
  const upperNs = upperMs * NS_PER_MS;
  const low = (upperNs % TWO_POW_16) * TWO_POW_16 + (lowerNs % TWO_POW_32);
  const high = Math.floor(upperNs / TWO_POW_16) + Math.floor(lowerNs / TWO_POW_32) + Math.floor(low / TWO_POW_32);
  return { low: low % TWO_POW_32, high };
}

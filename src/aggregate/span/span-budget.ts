import { type Randomness, thresholdAbove } from './sampling.ts';

export interface Sampled {
  readonly randomness: Randomness;
}

export interface Cut<T> {
  readonly admitted: readonly T[];
  readonly shed: readonly T[];
  /** What the randomness had to reach; '' when all found room. */
  readonly threshold: string | undefined;
}

/**
 * Room for so many: the highest randomness first, as if the ratio had been lower. Both ends of a connection
 * have the same, so a cut never parts them, here or on two hosts that are cut alike.
 */
export function cutToBudget<T extends Sampled>(candidates: readonly T[], room: number): Cut<T> {
  if (candidates.length <= room) return { admitted: candidates, shed: [], threshold: '' };
  const sorted = candidates.toSorted((a, b) =>
    a.randomness < b.randomness ? 1 : a.randomness > b.randomness ? -1 : 0,
  );
  const limit = sorted[room]?.randomness ?? '';
  const admitted = sorted.filter(({ randomness }) => randomness > limit);
  return { admitted, shed: sorted.slice(admitted.length), threshold: thresholdAbove(limit) };
}

/** A fact with its life. Stamps are when it was told, which is up to the slack later than when it was so. */
export interface Timed<R> {
  row: R;
  /** -Infinity: it was there when we first looked. */
  readonly sinceMs: number;
  /** Infinity while it lives. */
  untilMs: number;
}

/** How sure it is that a fact held at a moment. */
export const LIFE = { none: 0, maybe: 1, certain: 2 } as const;
export type Life = (typeof LIFE)[keyof typeof LIFE];

export function lifeAt(timed: Timed<unknown>, atMs: number, slackMs: number): Life {
  if (atMs < timed.sinceMs - slackMs || atMs > timed.untilMs) return LIFE.none;
  // Told as begun: it had. Told as ended: it may have ended up to the slack before.
  return atMs >= timed.sinceMs && atMs <= timed.untilMs - slackMs ? LIFE.certain : LIFE.maybe;
}

export function leastLife(chain: readonly Timed<unknown>[], atMs: number, slackMs: number): Life {
  let least: Life = LIFE.certain;
  for (const timed of chain) {
    const life = lifeAt(timed, atMs, slackMs);
    if (life === LIFE.none) return LIFE.none;
    if (life < least) least = life;
  }
  return least;
}

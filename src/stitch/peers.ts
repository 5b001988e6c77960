import type { HalfFlow, Peer, StitchCause } from '../model/flow.ts';

/** A peer of which nothing is known yet. */
export const NOBODY = {
  kind: 'unknown',
  container: undefined,
  half: undefined,
  confidence: 'none',
  cause: undefined,
  via: undefined,
} as const;

export function unknownPeer({ tuple }: HalfFlow, cause: StitchCause): Peer {
  return { ...NOBODY, address: tuple.remoteAddress, port: tuple.remotePort, method: 'local', cause };
}

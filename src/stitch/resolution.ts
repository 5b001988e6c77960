import type { Peer, StitchCause, StitchMethod } from '../model/flow.ts';
import type { Namespaces } from './domains/namespaces.ts';
import type { HalfState } from './halves/half-state.ts';
import type { Halves } from './halves/halves.ts';
import type { ArrivedEnd, WalkTables } from './walk.ts';

export interface Resolution {
  readonly peer: Peer;
  readonly other: HalfState | undefined;
  /** `now`: nothing better can come. `soon`: a translation may be on its way. `wait`: the other end may be. */
  readonly patience: 'now' | 'soon' | 'wait';
  /** The fingerprint found another end than the walk. */
  readonly isMismatch: boolean;
}

export interface ResolveTables extends WalkTables {
  readonly namespaces: Namespaces;
  readonly halves: Halves;
}

export const NOBODY = {
  kind: 'unknown',
  container: undefined,
  half: undefined,
  confidence: 'none',
  cause: undefined,
  via: undefined,
} as const;

export function peerOf(other: HalfState, method: StitchMethod, confidence: 'confirmed' | 'derived'): Peer {
  const { half } = other;
  return {
    kind: half.container === undefined ? 'host' : 'container',
    container: half.container,
    half,
    address: half.tuple.localAddress,
    port: half.tuple.localPort,
    method,
    confidence,
    cause: undefined,
    via: undefined,
  };
}

export function methodOf(end: ArrivedEnd): StitchMethod {
  if (end.translation !== 'none') return end.translation;
  return end.hasCrossed ? 'route' : 'local';
}

export function unknownPeer(state: HalfState, cause: StitchCause): Peer {
  const { remoteAddress: address, remotePort: port } = state.half.tuple;
  return { ...NOBODY, address, port, method: 'local', cause };
}

export function withoutOther(peer: Peer, patience: Resolution['patience']): Resolution {
  return { peer, other: undefined, patience, isMismatch: false };
}

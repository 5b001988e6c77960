import type { Peer, StitchMethod } from '../model/flow.ts';
import type { Namespaces } from './domains/namespaces.ts';
import type { HalfState } from './halves/half-state.ts';
import type { Halves } from './halves/halves.ts';
import type { ArrivedEnd, WalkTables } from './walk.ts';

export interface Resolution {
  readonly peer: Peer;
  readonly other: HalfState | undefined;
  /** `now`: nothing better can come. `soon`: a translation may be on its way. `wait`: the other end may be. */
  readonly patience: 'now' | 'soon' | 'wait';
  /** The walk came to the other end's very socket. */
  readonly hasMet: boolean;
  /** The fingerprint found another end than the walk. */
  readonly isMismatch: boolean;
}

export interface ResolveTables extends WalkTables {
  readonly namespaces: Namespaces;
  readonly halves: Halves;
  readonly hostNetnsInode: number | undefined;
}

export function peerOf({ half }: HalfState, method: StitchMethod, confidence: 'confirmed' | 'derived'): Peer {
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

export function withoutOther(peer: Peer, patience: Resolution['patience']): Resolution {
  return { peer, other: undefined, patience, hasMet: false, isMismatch: false };
}

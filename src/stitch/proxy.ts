import type { StaticTranslation } from '../model/network.ts';
import type { HalfState } from './halves/half-state.ts';
import { packetOf, reversed } from './nat/endpoints.ts';
import { NOBODY } from './peers.ts';
import { methodOf, peerOf, type Resolution, type ResolveTables, withoutOther } from './resolution.ts';
import type { WalkEnd } from './walk.ts';

/**
 * A userland proxy ends one connection and makes another: no table and no fingerprint joins them. The
 * process in the middle does, where exactly one pair of its sockets fits; else a client is still told the
 * container that the proxy serves, and a server that a proxy dialled it. Undefined: it is no proxy.
 */
export function throughProxy(
  tables: ResolveTables,
  state: HalfState,
  joined: Resolution,
  ends: readonly WalkEnd[],
): Resolution | undefined {
  const near = joined.other;
  const pid = near?.half.pid;
  if (near === undefined || pid === undefined) return undefined;
  const translation = translationOf(tables, near);
  if (translation === undefined) return undefined;
  const via = { pid, address: translation.address, port: translation.port };
  const far = farEnd(tables, near, pid);
  if (far !== undefined && far !== state)
    return { ...joined, peer: { ...peerOf(far, 'published-port', 'derived'), via }, other: far, patience: 'now' };
  if (state.half.role === 'server') return { ...joined, peer: { ...joined.peer, cause: 'proxy' }, patience: 'wait' };
  for (const end of ends) {
    if (end.kind !== 'arrived' || end.statically !== translation) continue;
    const [container, ...more] = tables.namespaces.containersAt(end.ns.inode, state.atMs);
    if (container === undefined || more.length > 0) continue;
    const { destinationAddress: address, destinationPort: port } = end.packet;
    const method = methodOf(end);
    const found = {
      ...NOBODY,
      kind: 'container',
      container,
      address,
      port,
      method,
      confidence: 'derived',
      via,
    } as const;
    return { ...withoutOther(found, 'wait'), isMismatch: joined.isMismatch };
  }
  return undefined;
}

/** The published port whose proxy process a socket belongs to. */
function translationOf(tables: ResolveTables, { half, atMs }: HalfState): StaticTranslation | undefined {
  const { transport, remoteAddress, remotePort } = half.tuple;
  const candidates =
    half.role === 'client'
      ? tables.statics.proxiesOf(transport, remoteAddress, remotePort)
      : tables.statics.find(half.netnsInode, transport, reversed(packetOf(half.tuple)), atMs, tables.slackMs);
  return candidates.find((row) => row.proxyPid === half.pid && row.netnsInode === half.netnsInode);
}

/** From one socket of the proxy through its other one to the end behind it. */
function farEnd(tables: ResolveTables, near: HalfState, pid: number): HalfState | undefined {
  const around: HalfState[] = [];
  for (const one of tables.halves.ofProcess(pid))
    if (
      one.half.tuple.transport === near.half.tuple.transport &&
      Math.abs(one.half.openedMs - near.half.openedMs) <= 2 * DIAL_MS
    )
      around.push(one);
  return pairsOf(around).get(near)?.other;
}

/**
 * A proxy dials its target as soon as it has accepted. So a dialled connection belongs to the accepted one
 * that waits for it, where exactly one waits; where several do, none of them can be told any more.
 */
function pairsOf(sockets: readonly HalfState[]): ReadonlyMap<HalfState, HalfState> {
  const pairs = new Map<HalfState, HalfState>();
  const isDialled = (one: HalfState) => (one.half.role === 'client' ? 1 : 0);
  let waiting: HalfState[] = [];
  for (const one of sockets.toSorted((a, b) => a.half.openedMs - b.half.openedMs || isDialled(a) - isDialled(b))) {
    waiting = waiting.filter((accepted) => one.half.openedMs - accepted.half.openedMs <= DIAL_MS);
    if (one.half.role === 'server') {
      waiting.push(one);
      continue;
    }
    const [accepted] = waiting;
    if (accepted === undefined || waiting.length > 1) continue;
    pairs.set(accepted, one).set(one, accepted);
    waiting = [];
  }
  return pairs;
}

const DIAL_MS = 1_000;

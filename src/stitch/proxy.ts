import type { StaticTranslation } from '../model/network.ts';
import type { HalfState } from './halves/half-state.ts';
import { packetOf, reversed } from './nat/endpoints.ts';
import { methodOf, NOBODY, peerOf, type Resolution, type ResolveTables, withoutOther } from './resolution.ts';
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
  const partner = onlyPartner(tables, near, pid);
  // The other way round it must be as clear, or two clients of one moment would be taken for each other.
  return partner !== undefined && onlyPartner(tables, partner, pid) === near ? partner.other : undefined;
}

function onlyPartner(tables: ResolveTables, near: HalfState, pid: number): HalfState | undefined {
  let found: HalfState | undefined;
  for (const one of tables.halves.ofProcess(pid)) {
    if (!isPartner(near, one)) continue;
    if (found !== undefined) return undefined;
    found = one;
  }
  return found;
}

/** A proxy dials its target at once when it has accepted. */
function isPartner(near: HalfState, one: HalfState): boolean {
  if (one.half.role === near.half.role || one.half.tuple.transport !== near.half.tuple.transport) return false;
  const [accepted, dialled] = near.half.role === 'server' ? [near, one] : [one, near];
  const afterMs = dialled.half.openedMs - accepted.half.openedMs;
  return afterMs >= -EARLY_MS && afterMs <= DIAL_MS;
}

const DIAL_MS = 1_000;
/** Both are told by the state they reach, not by the call that makes them. */
const EARLY_MS = 50;

import { isLoopbackIp, isWildcardIp } from '../model/ip.ts';
import { type HalfState, isOverlapping } from './halves/half-state.ts';
import { NOBODY, unknownPeer } from './peers.ts';
import { throughProxy } from './proxy.ts';
import { methodOf, peerOf, type Resolution, type ResolveTables, withoutOther } from './resolution.ts';
import { type ArrivedEnd, type WalkEnd, walk } from './walk.ts';

/** The best that is known about a half flow's other end at this moment. */
export function resolve(tables: ResolveTables, state: HalfState): Resolution {
  // An unconnected UDP socket sends from an address that it does not say: only the other end's walk meets.
  if (isWildcardIp(state.packet.sourceAddress) && state.foundBy?.known !== undefined)
    return {
      peer: peerOf(state.foundBy, state.foundBy.known.method, 'derived'),
      other: state.foundBy,
      patience: 'now',
      hasMet: true,
      isMismatch: false,
    };
  const ends = walkFrom(tables, state);
  const meetings = ends.flatMap((end) => meetingsAt(tables, state, end));
  const joined = byFingerprint(tables, state, ends, meetings) ?? byMeeting(tables, state, meetings);
  if (joined !== undefined) return throughProxy(tables, state, joined, ends) ?? joined;
  return byOwner(tables, state, ends);
}

function walkFrom(tables: ResolveTables, state: HalfState): readonly WalkEnd[] {
  const { netnsInode, tuple } = state.half;
  const start = tables.namespaces.at(netnsInode, state.atMs);
  return start === undefined ? [] : walk(tables, start, tuple.transport, state.packet, state.atMs);
}

/** Sockets where a walk ended: of that namespace, and not of one that had its inode before. */
function meetingsAt(tables: ResolveTables, state: HalfState, end: WalkEnd): Meeting[] {
  if (end.kind !== 'arrived') return [];
  return tables.halves
    .receivers(end.ns.inode, end.packet, state)
    .filter((other) => tables.namespaces.at(end.ns.inode, other.atMs) === end.ns)
    .map((other) => ({ other, end }));
}

/**
 * The way back must lead here: while a translation is not told yet, a packet seems to arrive under its
 * untranslated source, where another container with the same private address may have a socket of its own.
 */
function isMutual(tables: ResolveTables, state: HalfState, { other, end }: Meeting): boolean {
  if (end.statically !== undefined || isWildcardIp(other.packet.sourceAddress)) return true;
  const back = walkFrom(tables, other);
  if (back.every((one) => one.kind === 'lost')) return true;
  return back.some((one) => meetingsAt(tables, other, one).some((meeting) => meeting.other === state));
}

interface Meeting {
  readonly other: HalfState;
  readonly end: ArrivedEnd;
}

function byFingerprint(
  tables: ResolveTables,
  state: HalfState,
  ends: readonly WalkEnd[],
  meetings: readonly Meeting[],
): Resolution | undefined {
  const same = tables.halves.sameConnection(state);
  const [only] = same;
  if (only === undefined) return undefined;
  // The same socket can be told twice; its tuple decides.
  const other = same.length === 1 ? only : (same.find((one) => meetings.some((m) => m.other === one)) ?? only);
  if (same.length > 1 && !meetings.some((meeting) => meeting.other === other)) return undefined;
  const met = meetings.find((one) => one.other === other)?.end;
  const end = met ?? endAt(ends, other);
  const isDefinite = ends.length > 0 && ends.every((one) => one.kind !== 'lost');
  return {
    peer: peerOf(other, end === undefined ? 'fingerprint' : methodOf(end), 'confirmed'),
    other,
    patience: end === undefined ? 'soon' : 'now',
    hasMet: met !== undefined,
    isMismatch: end === undefined && isDefinite,
  };
}

/** The walk came to the socket's address, though with a source whose translation is forgotten. */
function endAt(ends: readonly WalkEnd[], { half }: HalfState): ArrivedEnd | undefined {
  for (const end of ends) {
    if (end.kind !== 'arrived' || end.ns.inode !== half.netnsInode) continue;
    const { destinationAddress, destinationPort } = end.packet;
    if (destinationPort === half.tuple.localPort && destinationAddress === half.tuple.localAddress) return end;
  }
  return undefined;
}

function byMeeting(tables: ResolveTables, state: HalfState, found: readonly Meeting[]): Resolution | undefined {
  if (found.length === 0) return undefined;
  const meetings = found.filter((meeting) => isMutual(tables, state, meeting));
  const meeting =
    onlyMeeting(meetings) ?? onlyMeeting(meetings.filter(({ other }) => isOverlapping(state.half, other.half)));
  if (meeting === undefined) return withoutOther(unknownPeer(state.half, 'ambiguous'), 'wait');
  const { other, end } = meeting;
  // A connection's fingerprint follows within a second of its opening and says whether this is right.
  const isConfirmable = state.half.tuple.transport === 'tcp' && state.half.fingerprint === undefined && !state.isClosed;
  return {
    peer: peerOf(other, methodOf(end), 'derived'),
    other,
    patience: isConfirmable ? 'soon' : 'now',
    hasMet: true,
    isMismatch: false,
  };
}

function onlyMeeting(meetings: readonly Meeting[]): Meeting | undefined {
  const [first] = meetings;
  return meetings.every(({ other }) => other === first?.other) ? first : undefined;
}

/** No socket is known at the other end: whose is the address the walk ended at? */
function byOwner(tables: ResolveTables, state: HalfState, ends: readonly WalkEnd[]): Resolution {
  if (ends.length === 0) return withoutOther(unknownPeer(state.half, 'no-tables'), 'wait');
  // A published port leads to its container also where the listener itself was not seen.
  const published = ends.filter((end) => end.kind === 'arrived' && end.statically !== undefined);
  const considered = published.length > 0 ? published : ends;
  const arrived = considered.filter((end) => end.kind === 'arrived');
  const [first] = arrived;
  if (first !== undefined && arrived.length === considered.length) return ownerOf(tables, state, arrived, first);
  const left = considered.filter((end) => end.kind === 'left');
  const [way] = left;
  if (way !== undefined && left.length === considered.length) {
    const { destinationAddress: address, destinationPort: port } = way.packet;
    const method = way.isOverlay ? 'overlay' : 'external';
    return withoutOther({ ...NOBODY, kind: 'external', address, port, method, cause: 'no-agent' }, 'soon');
  }
  const [lost] = considered;
  if (lost?.kind === 'lost' && considered.length === 1)
    return withoutOther(unknownPeer(state.half, lost.cause), lost.cause === 'multicast' ? 'now' : 'wait');
  return withoutOther(unknownPeer(state.half, 'ambiguous'), 'wait');
}

function ownerOf(
  tables: ResolveTables,
  state: HalfState,
  arrived: readonly ArrivedEnd[],
  first: ArrivedEnd,
): Resolution {
  if (arrived.some((end) => end.ns !== first.ns)) return withoutOther(unknownPeer(state.half, 'ambiguous'), 'wait');
  const { destinationAddress: address, destinationPort: port } = first.packet;
  const at = { ...NOBODY, address, port, method: methodOf(first) };
  const via =
    first.statically?.proxyPid === undefined
      ? undefined
      : { pid: undefined, address: first.statically.address, port: first.statically.port };
  const isLoopback = isLoopbackIp(address);
  const containers = tables.namespaces.containersAt(first.ns.inode, state.atMs);
  const isFailed = state.half.failure !== undefined;
  // Its sockets are all seen: one that is not there belongs to a process outside (Docker's DNS), or is gone.
  // And a container on the host's network shares its addresses with every process of the host.
  const isHost = first.ns.inode === tables.hostNetnsInode;
  if (containers.length === 0 || isHost || (isLoopback && !isFailed))
    return withoutOther({ ...at, kind: 'host', confidence: 'assumed', cause: 'no-socket' }, 'wait');
  const [container] = containers;
  if (containers.length > 1)
    return withoutOther({ ...at, kind: 'container', confidence: 'none', cause: 'ambiguous' }, 'wait');
  const isSure = (isFailed || state.half.tuple.transport === 'udp') && first.statically === undefined;
  const confidence = isSure ? 'derived' : 'assumed';
  const cause = isSure ? undefined : 'no-socket';
  return withoutOther({ ...at, kind: 'container', container, confidence, cause, via }, 'wait');
}

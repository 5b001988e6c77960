import { isLoopbackIp, parseIp } from '../model/ip.ts';
import type { Endpoints, StaticTranslation } from '../model/network.ts';
import { forwardingKey, neighbourKey } from './domains/namespace-tables.ts';
import type { NamespaceState } from './domains/namespaces.ts';
import type { Member, Segment, Segments } from './domains/segments.ts';
import { LIFE, leastLife, lifeAt } from './domains/timed.ts';
import type { StaticTranslations } from './nat/static-translations.ts';
import type { Translations } from './nat/translations.ts';
import { findRoutes } from './routes/find-routes.ts';

/** Where a packet ends, as far as this host's tables tell. */
export type WalkEnd = ArrivedEnd | LeftEnd | LostEnd;

interface Travelled {
  /** As it was at the end: its source and destination may be other ones than at the start. */
  readonly packet: Endpoints;
  readonly translation: 'none' | 'nat' | 'published-port';
  /** It left the namespace it began in. */
  readonly hasCrossed: boolean;
}

export interface ArrivedEnd extends Travelled {
  readonly kind: 'arrived';
  readonly ns: NamespaceState;
  /** A translation that was taken on trust, no connection's entry being there. */
  readonly statically: StaticTranslation | undefined;
}

export interface LeftEnd extends Travelled {
  readonly kind: 'left';
  /** It goes into a tunnel. */
  readonly isOverlay: boolean;
  /** The host at the tunnel's other end, when the forwarding table or the link says. */
  readonly tunnelEnd: string | undefined;
}

export interface LostEnd {
  readonly kind: 'lost';
  readonly cause: 'no-route' | 'no-owner' | 'no-tables' | 'multicast';
}

export interface WalkTables {
  readonly segments: Segments;
  readonly translations: Translations;
  readonly statics: StaticTranslations;
  readonly slackMs: number;
}

interface Step extends Travelled {
  readonly ns: NamespaceState;
  readonly inLink: string | undefined;
  readonly statically: StaticTranslation | undefined;
  readonly hops: number;
}

/** Namespaces one packet may pass, and ways one walk may take. More is a loop or a riddle. */
const MAX_HOPS = 16;
const MAX_STEPS = 64;

/**
 * Follows a packet of a socket: NAT of the namespace, its routes, the segment, the next namespace, until
 * it arrives or leaves. Where tables changed at about that moment it takes every way they allowed.
 */
export function walk(
  tables: WalkTables,
  start: NamespaceState,
  transport: 'tcp' | 'udp',
  packet: Endpoints,
  atMs: number,
): readonly WalkEnd[] {
  const ends: WalkEnd[] = [];
  const steps: Step[] = [
    { ns: start, packet, inLink: undefined, statically: undefined, translation: 'none', hasCrossed: false, hops: 0 },
  ];
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    const step = steps.pop();
    if (step === undefined) break;
    if (step.hops > MAX_HOPS) ends.push({ kind: 'lost', cause: 'no-route' });
    else if (step.inLink !== undefined && isLoopbackIp(step.packet.destinationAddress))
      ends.push({ kind: 'lost', cause: 'no-route' });
    else
      for (const translated of translate(tables, step, transport, atMs))
        route(tables, translated, transport, atMs, steps, ends);
  }
  return ends;
}

function translate(tables: WalkTables, step: Step, transport: 'tcp' | 'udp', atMs: number): Step[] {
  const found = tables.translations.find(step.ns.row, transport, step.packet, atMs);
  if (found.length === 0) return [step];
  return found.map(({ packet, entry }) => ({
    ...step,
    packet,
    translation: step.translation === 'published-port' || tables.statics.isPublished(entry) ? 'published-port' : 'nat',
  }));
}

function route(
  tables: WalkTables,
  step: Step,
  transport: 'tcp' | 'udp',
  atMs: number,
  steps: Step[],
  ends: WalkEnd[],
): void {
  const { ns, packet } = step;
  // The loopback's addresses mean this namespace, whatever its routes say.
  if (isLoopbackIp(packet.destinationAddress)) {
    arrive(tables, step, transport, atMs, steps, ends);
    return;
  }
  const destination = parseIp(packet.destinationAddress);
  if (destination === undefined) {
    ends.push({ kind: 'lost', cause: 'no-route' });
    return;
  }
  const question = {
    source: parseIp(packet.sourceAddress),
    destination,
    inLink: step.inLink,
    atMs,
    slackMs: tables.slackMs,
  };
  const { routes } = findRoutes(ns.tables.routes, question);
  if (routes.length === 0) ends.push({ kind: 'lost', cause: 'no-route' });
  for (const found of routes) {
    if (found.type === 'local') arrive(tables, step, transport, atMs, steps, ends);
    else if (found.type === 'broadcast' || found.type === 'multicast') ends.push({ kind: 'lost', cause: 'multicast' });
    else if (found.type === 'unreachable') ends.push({ kind: 'lost', cause: 'no-route' });
    else
      for (const hop of found.hops)
        if (hop.linkIndex !== undefined)
          deliver(tables, step, hop.linkIndex, hop.gateway ?? packet.destinationAddress, atMs, steps, ends);
  }
}

function arrive(
  tables: WalkTables,
  step: Step,
  transport: 'tcp' | 'udp',
  atMs: number,
  steps: Step[],
  ends: WalkEnd[],
): void {
  const { ns, packet, translation, hasCrossed, statically } = step;
  ends.push({ kind: 'arrived', ns, packet, translation, hasCrossed, statically });
  if (statically !== undefined) return;
  for (const found of tables.statics.find(ns.inode, transport, packet, atMs, tables.slackMs)) {
    const target = { ...packet, destinationAddress: found.targetAddress, destinationPort: found.targetPort };
    steps.push({ ...step, packet: target, translation: 'published-port', statically: found, hops: step.hops + 1 });
  }
}

/** Hands the packet to whoever has the next hop's address on the link's segment. */
function deliver(
  tables: WalkTables,
  step: Step,
  linkIndex: number,
  nextHop: string,
  atMs: number,
  steps: Step[],
  ends: WalkEnd[],
): void {
  const { ns, packet, translation } = step;
  const segment = tables.segments.of(ns, linkIndex);
  const receivers = receiversOf(tables, segment, ns, linkIndex, nextHop, atMs);
  for (const { ns: next, link } of receivers)
    steps.push({
      ...step,
      ns: next,
      inLink: link.name,
      hasCrossed: step.hasCrossed || next !== ns,
      hops: step.hops + 1,
    });
  if (receivers.length > 0) return;
  const uplinks = segment.uplinks.filter((uplink) => leastLife(uplink.path, atMs, tables.slackMs) !== LIFE.none);
  if (uplinks.length > 0) {
    const isOverlay = uplinks.every(({ link }) => link.kind === 'vxlan' || link.kind === 'geneve');
    const mac = isOverlay ? macOf(ns, linkIndex, nextHop, atMs, tables.slackMs) : undefined;
    const tunnelEnd = mac === undefined ? undefined : tunnelEndOf(uplinks, mac);
    ends.push({ kind: 'left', packet, translation, hasCrossed: true, isOverlay, tunnelEnd });
  } else ends.push({ kind: 'lost', cause: segment.hasUnknown ? 'no-tables' : 'no-owner' });
}

function receiversOf(
  tables: WalkTables,
  segment: Segment,
  ns: NamespaceState,
  linkIndex: number,
  nextHop: string,
  atMs: number,
): readonly Member[] {
  const isOther = (member: Member) => member.ns !== ns || member.link.index !== linkIndex;
  const isAlive = (member: Member) => leastLife(member.path, atMs, tables.slackMs) !== LIFE.none;
  const byAddress = distinct(segment.at(nextHop).filter((member) => isOther(member) && isAlive(member)));
  if (byAddress.length === 1) return byAddress;
  // Nobody or several: what the sender had in its neighbour table says whom it sent to.
  const mac = macOf(ns, linkIndex, nextHop, atMs, tables.slackMs);
  const others =
    byAddress.length > 0 ? byAddress : segment.members.filter((member) => isOther(member) && isAlive(member));
  const byMac = mac === undefined ? [] : distinct(others.filter((member) => member.link.mac === mac));
  if (byMac.length > 0) return byMac;
  if (byAddress.length > 0) return byAddress;
  // A link with one other end has no choice: Calico's containers send to an address nobody has.
  const isPair = segment.uplinks.length === 0 && others.length === 1 && !segment.hasUnknown && isVeth(ns, linkIndex);
  return isPair && others[0]?.link.kind === 'veth' ? others : [];
}

function isVeth(ns: NamespaceState, linkIndex: number): boolean {
  return ns.tables.links.get(linkIndex).at(-1)?.row.kind === 'veth';
}

function macOf(
  ns: NamespaceState,
  linkIndex: number,
  address: string,
  atMs: number,
  slackMs: number,
): string | undefined {
  const known = ns.tables.neighbours.get(neighbourKey(linkIndex, address));
  return known.findLast((timed) => lifeAt(timed, atMs, slackMs) !== LIFE.none)?.row.mac;
}

function tunnelEndOf(uplinks: readonly Member[], mac: string): string | undefined {
  for (const { ns, link } of uplinks) {
    const known = ns.tables.forwarding.get(forwardingKey(link.index, mac)).at(-1)?.row.remote ?? link.remote;
    if (known !== undefined) return known;
  }
  return undefined;
}

/** One of each interface: a changed link has several versions. */
function distinct(members: readonly Member[]): Member[] {
  return [...new Map(members.map((member) => [`${member.ns.id} ${member.link.index}`, member])).values()];
}

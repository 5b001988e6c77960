import type { Link } from '../../model/network.ts';
import { CHILD_KINDS } from './namespace-tables.ts';
import type { NamespaceState, Namespaces } from './namespaces.ts';
import type { Timed } from './timed.ts';

/** An interface on a segment, and all that must hold for it to be there. */
export interface Member {
  readonly ns: NamespaceState;
  readonly link: Link;
  readonly path: readonly Timed<unknown>[];
}

/**
 * A set of interfaces that reach each other without routing: a bridge with what hangs on its ports, the
 * two ends of a veth, the macvlans of one parent. One of the domains in which an address means one thing.
 */
export class Segment {
  readonly members: Member[] = [];
  /** Devices that lead off the host. */
  readonly uplinks: Member[] = [];
  /** A port leads to a namespace that is not known. */
  hasUnknown = false;
  readonly #byAddress = new Map<string, Member[]>();

  at(address: string): readonly Member[] {
    return this.#byAddress.get(address) ?? [];
  }

  add(member: Member): void {
    this.members.push(member);
    for (const timed of member.ns.tables.addresses.all()) {
      if (timed.row.linkIndex !== member.link.index) continue;
      const found = { ...member, path: [...member.path, timed] };
      const known = this.#byAddress.get(timed.row.address);
      if (known === undefined) this.#byAddress.set(timed.row.address, [found]);
      else known.push(found);
    }
  }
}

/** Finds and keeps segments until the topology changes. */
export class Segments {
  readonly #namespaces: Namespaces;
  readonly #known = new Map<string, Segment>();

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  /** A link, an address or a namespace changed. */
  forget(): void {
    this.#known.clear();
  }

  of(ns: NamespaceState, linkIndex: number): Segment {
    const key = `${ns.id} ${linkIndex}`;
    let segment = this.#known.get(key);
    if (segment === undefined) {
      segment = new SegmentWalk(this.#namespaces).from(ns, linkIndex);
      this.#known.set(key, segment);
    }
    return segment;
  }
}

/** Follows layer 2 from one link outward, over every version of a link that is remembered. */
class SegmentWalk {
  readonly #namespaces: Namespaces;
  readonly #segment = new Segment();
  #visits = 0;

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  from(ns: NamespaceState, linkIndex: number): Segment {
    for (const timed of ns.tables.links.get(linkIndex)) this.#leave(ns, timed, [timed]);
    return this.#segment;
  }

  /** What is behind a link that a packet goes out by. */
  #leave(ns: NamespaceState, timed: Timed<Link>, path: readonly Timed<unknown>[]): void {
    const link = timed.row;
    if (link.kind === 'bridge') this.#bridge(ns, timed, path);
    else if (link.kind === 'veth') this.#cross(ns, link, path);
    else if (CHILD_KINDS.has(link.kind ?? '')) this.#siblings(ns, link, path);
    else if (!link.isLoopback) this.#segment.uplinks.push({ ns, link, path });
  }

  #bridge(ns: NamespaceState, timed: Timed<Link>, path: readonly Timed<unknown>[]): void {
    if (!this.#mayVisit()) return;
    this.#segment.add({ ns, link: timed.row, path });
    this.#children(ns, timed.row, path);
    for (const port of ns.tables.links.all())
      if (port.row.masterIndex === timed.row.index && !path.includes(port)) this.#leave(ns, port, [...path, port]);
  }

  /** Through a veth: the other end is a port of a bridge, or an interface. */
  #cross(ns: NamespaceState, link: Link, path: readonly Timed<unknown>[]): void {
    if (link.peerIndex === undefined) return;
    for (const { row: other, ...life } of this.#behind(ns, link.peerNsid)) {
      for (const peer of other.tables.links.get(link.peerIndex)) {
        if (peer.row.kind !== 'veth' || peer.row.peerIndex !== link.index) continue;
        if (path.includes(peer) || !this.#mayVisit()) continue;
        this.#arrive(other, peer, [...path, { row: other, ...life }, other, peer]);
      }
    }
  }

  #arrive(ns: NamespaceState, timed: Timed<Link>, path: readonly Timed<unknown>[]): void {
    const { masterIndex } = timed.row;
    const bridges = masterIndex === undefined ? [] : ns.tables.links.get(masterIndex);
    for (const bridge of bridges)
      if (bridge.row.kind === 'bridge' && !path.includes(bridge)) this.#bridge(ns, bridge, [...path, bridge]);
    if (bridges.some((bridge) => bridge.row.kind === 'bridge')) return;
    this.#segment.add({ ns, link: timed.row, path });
    this.#children(ns, timed.row, path);
  }

  /** macvlans that stand on an interface share its segment. */
  #children(ns: NamespaceState, parent: Link, path: readonly Timed<unknown>[]): void {
    for (const holder of this.#namespaces.all()) {
      for (const child of holder.tables.children()) {
        if (child.row.peerIndex !== parent.index) continue;
        for (const { row: home, ...life } of this.#behind(holder, child.row.peerNsid)) {
          if (home !== ns || path.includes(child) || !this.#mayVisit()) continue;
          this.#segment.add({ ns: holder, link: child.row, path: [...path, { row: home, ...life }, holder, child] });
        }
      }
    }
  }

  /** From a macvlan: its siblings and what the parent is attached to, but never the parent itself. */
  #siblings(ns: NamespaceState, link: Link, path: readonly Timed<unknown>[]): void {
    if (link.peerIndex === undefined) return;
    for (const { row: home, ...life } of this.#behind(ns, link.peerNsid)) {
      for (const parent of home.tables.links.get(link.peerIndex)) {
        const onParent = [...path, { row: home, ...life }, parent];
        this.#children(home, parent.row, onParent);
        if (parent.row.kind === 'bridge') {
          for (const port of home.tables.links.all())
            if (port.row.masterIndex === parent.row.index) this.#leave(home, port, [...onParent, port]);
        } else this.#leave(home, parent, onParent);
      }
    }
  }

  /** The namespaces a link's number may stand for. */
  #behind(ns: NamespaceState, nsid: number | undefined): readonly Timed<NamespaceState>[] {
    if (nsid === undefined) return [{ row: ns, sinceMs: ns.sinceMs, untilMs: ns.untilMs }];
    const known = ns.numbers.get(nsid);
    if (known === undefined || known.every((timed) => timed.untilMs !== Number.POSITIVE_INFINITY))
      this.#segment.hasUnknown = true;
    return known ?? [];
  }

  /** Cables between bridges can make rings, and every changed link adds ways. */
  #mayVisit(): boolean {
    return ++this.#visits <= MAX_VISITS;
  }
}

const MAX_VISITS = 16_384;

import type { Container } from '../../../src/model/container.ts';
import type { Link, NamespaceRef, NetworkTables, Route, Rule } from '../../../src/model/network.ts';
import { makeContainer } from '../../harness/flow-recorder.ts';

/**
 * Made-up hosts for property tests, told twice: as objects that the simulator follows, and as the tables a
 * kernel would show for them. The two have nothing in common but this file.
 */
export interface Node {
  readonly name: string;
  readonly ref: NamespaceRef;
  /** Undefined: a host of the outermost level, whose processes are nobody's container. */
  readonly container: Container | undefined;
  readonly startedMs: number;
  /** Where it hangs: a bridge of its host, or the switch between hosts. */
  readonly up: { readonly bridge: Bridge; readonly address: string };
  readonly bridges: Bridge[];
  /** Host port → target on one of its bridges. */
  readonly published: Map<number, { readonly address: string; readonly port: number }>;
  endedMs: number | undefined;
}

export interface Bridge {
  readonly owner: Node | undefined;
  readonly index: number;
  /** First three bytes of its /24. */
  readonly prefix: string;
  readonly gateway: string;
  readonly members: Node[];
}

export interface World {
  readonly switch: { readonly ref: NamespaceRef; readonly bridge: Bridge };
  readonly nodes: Node[];
}

/** Inodes are given again as soon as they are free, as the kernel does. */
export class Refs {
  readonly #free: number[] = [];
  #nextInode = 4026531833;
  #nextId = 1;

  take(): NamespaceRef {
    return { id: this.#nextId++, inode: this.#free.pop() ?? this.#nextInode++ };
  }

  giveBack(ref: NamespaceRef): void {
    this.#free.push(ref.inode);
  }
}

export function makeWorld(refs: Refs): World {
  const bridge: Bridge = { owner: undefined, index: 2, prefix: '10.77.0', gateway: '', members: [] };
  return { switch: { ref: refs.take(), bridge }, nodes: [] };
}

export function addNode(world: World, refs: Refs, bridge: Bridge, isHost: boolean, startedMs: number, host = 0): Node {
  const address = `${bridge.prefix}.${host || bridge.members.length + 2}`;
  const name = `n${world.nodes.length}`;
  const container = isHost ? undefined : makeContainer(name, startedMs);
  const node: Node = {
    name,
    ref: refs.take(),
    container,
    startedMs,
    up: { bridge, address },
    bridges: [],
    published: new Map(),
    endedMs: undefined,
  };
  bridge.members.push(node);
  world.nodes.push(node);
  return node;
}

export function addBridge(owner: Node, prefix: string): Bridge {
  const bridge = { owner, index: 100 + owner.bridges.length, prefix, gateway: `${prefix}.1`, members: [] };
  owner.bridges.push(bridge);
  return bridge;
}

/** Veth of a node in its owner's namespace. */
export const portIndex = (node: Node): number => 1000 + node.ref.id;
const ETH0 = 3;
/** Every namespace numbers its neighbours by their own number plus this, its host by 0. */
export const nsidOf = (node: Node): number => node.ref.id;
export const HOST_NSID = 0;

export function portOf(node: Node): Link {
  return {
    ...BARE,
    index: portIndex(node),
    name: `v${node.name}`,
    kind: 'veth',
    masterIndex: node.up.bridge.index,
    peerIndex: ETH0,
    peerNsid: nsidOf(node),
  };
}

export function tablesOf(node: Node): NetworkTables {
  const { up, bridges } = node;
  const eth0: Link = {
    ...BARE,
    index: ETH0,
    name: 'eth0',
    kind: 'veth',
    peerIndex: portIndex(node),
    peerNsid: HOST_NSID,
  };
  const links = [
    LO,
    eth0,
    ...bridges.flatMap((bridge) => [
      bridgeLink(bridge),
      ...bridge.members.filter((m) => m.endedMs === undefined).map(portOf),
    ]),
  ];
  const own = [
    { linkIndex: 1, address: '127.0.0.1', prefixLength: 8 },
    { linkIndex: ETH0, address: up.address, prefixLength: 24 },
    ...bridges.map((bridge) => ({ linkIndex: bridge.index, address: bridge.gateway, prefixLength: 24 })),
  ];
  const gateway = up.bridge.owner === undefined ? '10.77.0.254' : up.bridge.gateway;
  const routes = [
    route(255, 'local', '127.0.0.0', 8, 1),
    ...own.map((row) => route(255, 'local', row.address, 32, row.linkIndex)),
    route(254, 'unicast', `${up.bridge.prefix}.0`, 24, ETH0),
    ...bridges.map((bridge) => route(254, 'unicast', `${bridge.prefix}.0`, 24, bridge.index)),
    route(254, 'unicast', '0.0.0.0', 0, ETH0, gateway),
  ];
  return { ...NONE, links, addresses: own.map((row) => ({ family: 4, ...row })), routes, rules: RULES };
}

/** A namespace with nothing but a bridge, its ports and the cable to the rest of the world. */
export function switchTables(world: World): NetworkTables {
  const { bridge } = world.switch;
  const cable: Link = { ...BARE, index: 9, name: 'ens3', kind: undefined, masterIndex: bridge.index };
  return { ...NONE, links: [LO, bridgeLink(bridge), cable, ...bridge.members.map(portOf)], rules: RULES };
}

const BARE = {
  isLoopback: false,
  mac: undefined,
  masterIndex: undefined,
  peerIndex: undefined,
  peerNsid: undefined,
  vni: undefined,
  remote: undefined,
  vlanId: undefined,
};
const LO: Link = { ...BARE, index: 1, name: 'lo', kind: undefined, isLoopback: true };
const NONE: NetworkTables = { links: [], addresses: [], routes: [], rules: [], neighbours: [], forwarding: [] };

function bridgeLink(bridge: Bridge): Link {
  return { ...BARE, index: bridge.index, name: `br${bridge.index}`, kind: 'bridge' };
}

function route(
  table: number,
  type: Route['type'],
  destination: string,
  prefixLength: number,
  linkIndex: number,
  gateway?: string,
): Route {
  return { family: 4, table, type, destination, prefixLength, metric: 0, tos: 0, hops: [{ linkIndex, gateway }] };
}

const RULES: readonly Rule[] = [
  [0, 255],
  [32766, 254],
].map(([priority = 0, table = 0]) => ({
  family: 4,
  priority,
  action: 'table',
  table,
  from: undefined,
  to: undefined,
  inLink: undefined,
  outLink: undefined,
  isInverted: false,
  suppressPrefixLength: undefined,
  isConditional: false,
}));

/**
 * Tables of one network namespace as the kernel gives them. Addresses are canonical text (`ip.ts`), MACs
 * lower-case hex with colons. `family` is 4 or 6.
 */
export interface NetworkTables {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly neighbours: readonly Neighbour[];
  readonly forwarding: readonly ForwardingEntry[];
}

export type TableName = keyof NetworkTables;

/** One row put (made or replaced) or removed. */
export type TableChange = {
  readonly [T in TableName]: {
    readonly table: T;
    readonly isRemoved: boolean;
    readonly row: NetworkTables[T][number];
  };
}[TableName];

export type IpFamily = 4 | 6;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `macvlan`, `vxlan`, …; undefined: a device, or the loopback. */
  readonly kind: string | undefined;
  readonly isLoopback: boolean;
  readonly mac: string | undefined;
  /** The bridge, bond or VRF it belongs to. */
  readonly masterIndex: number | undefined;
  /** The other end of a veth, the parent of a macvlan or VLAN. */
  readonly peerIndex: number | undefined;
  /** Number this namespace has for the one `peerIndex` is in; undefined: the same one. */
  readonly peerNsid: number | undefined;
  /** VXLAN or Geneve network. */
  readonly vni: number | undefined;
  /** Where a tunnel with one other end leads to. */
  readonly remote: string | undefined;
  readonly vlanId: number | undefined;
}

export interface InterfaceAddress {
  readonly family: IpFamily;
  readonly linkIndex: number;
  readonly address: string;
  readonly prefixLength: number;
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'multicast' | 'unreachable' | 'other';

export interface Route {
  readonly family: IpFamily;
  readonly table: number;
  readonly type: RouteType;
  readonly destination: string;
  readonly prefixLength: number;
  readonly metric: number;
  readonly tos: number;
  /** More than one: multipath. */
  readonly hops: readonly NextHop[];
}

export interface NextHop {
  readonly linkIndex: number | undefined;
  readonly gateway: string | undefined;
}

export interface Rule {
  readonly family: IpFamily;
  readonly priority: number;
  readonly action: 'table' | 'unreachable' | 'nop' | 'other';
  readonly table: number;
  readonly from: Prefix | undefined;
  readonly to: Prefix | undefined;
  readonly inLink: string | undefined;
  readonly outLink: string | undefined;
  readonly isInverted: boolean;
  readonly suppressPrefixLength: number | undefined;
  /** It also asks for something a tuple does not tell: mark, user, TOS, ports. */
  readonly isConditional: boolean;
}

export interface Prefix {
  readonly address: string;
  readonly prefixLength: number;
}

export interface Neighbour {
  readonly family: IpFamily;
  readonly linkIndex: number;
  readonly address: string;
  readonly mac: string;
}

/** Bridge port (or tunnel end) behind which a MAC was seen. */
export interface ForwardingEntry {
  readonly linkIndex: number;
  readonly mac: string;
  /** Tunnel end that the MAC is behind. */
  readonly remote: string | undefined;
  readonly vlanId: number | undefined;
}

export interface Endpoints {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
}

/** One translated connection: what its first packet carried, and what the answer to it carries. */
export interface NatEntry {
  readonly transport: 'tcp' | 'udp';
  readonly original: Endpoints;
  readonly reply: Endpoints;
  readonly zone: number;
}

/**
 * A network namespace while it is watched. `id` is never reused; `inode` is, by the kernel, after the
 * namespace's end.
 */
export interface NamespaceRef {
  readonly id: number;
  readonly inode: number;
}

/** What is told about namespaces, in order; the callee never throws. */
export interface NamespaceSink {
  opened(namespace: NamespaceRef): void;
  /** All tables, replacing what was known; again after events were lost. */
  tables(namespace: NamespaceRef, tables: NetworkTables): void;
  changed(namespace: NamespaceRef, change: TableChange): void;
  /** `nsid` of links in `namespace` stands for `other`. */
  numbered(namespace: NamespaceRef, nsid: number, other: NamespaceRef): void;
  /** All translated connections, replacing what was known as living. */
  natDumped(namespace: NamespaceRef, entries: readonly NatEntry[]): void;
  natChanged(namespace: NamespaceRef, entry: NatEntry, isEnded: boolean): void;
  closed(namespace: NamespaceRef): void;
}

/**
 * A translation known without conntrack: a published port, or a proxy process that listens in the
 * namespace and dials the target.
 */
export interface StaticTranslation {
  readonly transport: 'tcp' | 'udp';
  /** Namespace the address is listened on or translated in. */
  readonly netnsInode: number;
  /** `0.0.0.0` and `::` stand for every address of the namespace. */
  readonly address: string;
  readonly port: number;
  readonly targetAddress: string;
  readonly targetPort: number;
  /** The proxy process, where there is one. */
  readonly proxyPid: number | undefined;
}

import type { Container } from '../../../src/model/container.ts';
import type { Fingerprint, HalfFlow } from '../../../src/model/flow.ts';
import type { Endpoints, NamespaceRef } from '../../../src/model/network.ts';
import { createLedger, type Ledger } from '../../../src/self/ledger.ts';
import { STITCH_DEFAULTS } from '../../../src/stitch/config.ts';
import { createStitch, type Stitch } from '../../../src/stitch/stitch.ts';
import { type FlowRecorder, recordFlows } from '../../harness/flow-recorder.ts';
import { type Journey, travel } from './simulate.ts';
import {
  addBridge,
  addNode,
  type Bridge,
  HOST_NSID,
  makeWorld,
  type Node,
  nsidOf,
  portOf,
  Refs,
  switchTables,
  tablesOf,
  type World,
} from './topology.ts';

export interface ScenarioOptions {
  /** Whether TCP connections have fingerprints. */
  readonly hasFingerprints: boolean;
  /** How late tables, translations and half flows are told, at most. */
  readonly tablesLateMs: number;
  readonly natLateMs: number;
  readonly halvesLateMs: number;
}

export interface Truth {
  readonly half: HalfFlow;
  readonly other: HalfFlow | undefined;
  readonly isExternal: boolean;
  readonly container: Container | undefined;
}

/** A world, a clock, and everything that happens in it told to the stage as late as it may be. */
export class Scenario {
  nowMs = 1_700_000_000_000;
  readonly world: World;
  readonly ledger: Ledger = createLedger();
  readonly recorder: FlowRecorder = recordFlows();
  readonly stitch: Stitch;
  readonly truths: Truth[] = [];
  readonly #refs = new Refs();
  readonly #random: () => number;
  readonly #options: ScenarioOptions;
  readonly #events: { readonly atMs: number; readonly run: () => void }[] = [];
  /** Events of one namespace come in order. */
  readonly #lastMs = new Map<number, number>();
  /** Tuples in use: the kernel gives none twice. */
  readonly #tuples = new Set<string>();
  #nextHalf = 1;

  constructor(random: () => number, options: ScenarioOptions) {
    this.#random = random;
    this.#options = options;
    this.world = makeWorld(this.#refs);
    const config = { ...STITCH_DEFAULTS, fleetKey: new Uint8Array(32) };
    this.stitch = createStitch(
      config,
      { ledger: this.ledger, nowMs: () => this.nowMs, wantNamespace: () => undefined },
      this.recorder.sink,
    );
    this.stitch.namespaces.opened(this.world.switch.ref);
    this.stitch.namespaces.tables(this.world.switch.ref, switchTables(this.world));
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  bridge(owner: Node, prefix: string): Bridge {
    const bridge = addBridge(owner, prefix);
    this.#tell(owner.ref, this.#options.tablesLateMs, () => this.stitch.namespaces.tables(owner.ref, tablesOf(owner)));
    return bridge;
  }

  node(bridge: Bridge, isHost: boolean, host = 0): Node {
    const node = addNode(this.world, this.#refs, bridge, isHost, this.nowMs, host);
    const { container, ref } = node;
    const upRef = bridge.owner?.ref ?? this.world.switch.ref;
    const { namespaces } = this.stitch;
    // Tables are as they are at this moment, however late they are told.
    const tables = tablesOf(node);
    const port = portOf(node);
    if (container) this.#tell(ref, 50, () => this.stitch.containerOpened(container, ref.inode));
    this.#tell(ref, this.#options.tablesLateMs, () => {
      namespaces.opened(ref);
      namespaces.tables(ref, tables);
    });
    // A number is found out when both namespaces are open.
    this.#lastMs.set(ref.id, Math.max(this.#lastMs.get(ref.id) ?? 0, this.#lastMs.get(upRef.id) ?? 0));
    this.#tell(ref, 50, () => {
      namespaces.numbered(ref, HOST_NSID, upRef);
      namespaces.numbered(upRef, nsidOf(node), ref);
    });
    this.#tell(upRef, this.#options.tablesLateMs, () =>
      namespaces.changed(upRef, { table: 'links', isRemoved: false, row: port }),
    );
    return node;
  }

  /** Its connections end with it, and its address is free. */
  end(node: Node): void {
    node.endedMs = this.nowMs;
    const upRef = node.up.bridge.owner?.ref ?? this.world.switch.ref;
    const row = portOf(node);
    this.#tell(upRef, this.#options.tablesLateMs, () =>
      this.stitch.namespaces.changed(upRef, { table: 'links', isRemoved: true, row }),
    );
    this.#tell(node.ref, this.#options.tablesLateMs, () => {
      if (node.container) this.stitch.containerClosed(node.container);
      this.stitch.namespaces.closed(node.ref);
      this.#refs.giveBack(node.ref);
    });
    for (const truth of this.truths) {
      const ends = [truth.half, truth.other].filter((half) => half?.closedMs === undefined);
      if (
        [truth.half, truth.other].some(
          (half) => half?.netnsInode === node.ref.inode && half.container === node.container,
        )
      )
        for (const half of ends) if (half) this.#close(half);
    }
  }

  /** `isRefused`: the receiver has no socket there. */
  dial(client: Node, transport: 'tcp' | 'udp', address: string, port: number, isRefused = false): void {
    for (let attempt = 0; attempt < 8; attempt++) {
      const newPort = () => 40_000 + this.below(30);
      const journey = travel(this.world, transport, client, newPort(), address, port, newPort);
      if (journey === undefined || !this.#reserve(journey, client, transport)) continue;
      this.#begin(journey, client, transport, isRefused);
      return;
    }
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (let tickMs = this.nowMs; tickMs <= endMs; tickMs += 100) {
      this.#events.sort((a, b) => a.atMs - b.atMs);
      while ((this.#events[0]?.atMs ?? Number.POSITIVE_INFINITY) <= tickMs) {
        const event = this.#events.shift();
        this.nowMs = Math.max(this.nowMs, event?.atMs ?? 0);
        event?.run();
      }
      this.nowMs = tickMs;
      this.stitch.tick();
    }
    this.nowMs = endMs;
  }

  #begin(journey: Journey, client: Node, transport: 'tcp' | 'udp', isRefused: boolean): void {
    const fingerprint =
      transport === 'tcp' && this.#options.hasFingerprints && !isRefused
        ? { clientIsn: this.below(2 ** 32), serverIsn: this.below(2 ** 32) }
        : undefined;
    const half = this.#half(client, transport, 'client', journey.sent, fingerprint);
    const { receiver, received } = journey;
    const other =
      receiver && !isRefused
        ? this.#half(
            receiver,
            transport,
            'server',
            {
              sourceAddress: received.destinationAddress,
              sourcePort: received.destinationPort,
              destinationAddress: received.sourceAddress,
              destinationPort: received.sourcePort,
            },
            fingerprint,
          )
        : undefined;
    for (const { node, entry } of journey.translations)
      this.#tell(node.ref, this.#options.natLateMs, () => this.stitch.namespaces.natChanged(node.ref, entry, false));
    this.truths.push({ half, other, isExternal: receiver === undefined, container: receiver?.container });
    if (other) this.truths.push({ half: other, other: half, isExternal: false, container: client.container });
    for (const end of other ? [half, other] : [half])
      this.#later(this.#options.halvesLateMs, () => this.stitch.opened(end));
    if (isRefused && receiver) {
      half.failure = 'refused';
      this.#close(half);
    }
  }

  #half(
    node: Node,
    transport: 'tcp' | 'udp',
    role: 'client' | 'server',
    packet: Endpoints,
    fingerprint: Fingerprint | undefined,
  ): HalfFlow {
    return {
      id: this.#nextHalf++,
      container: node.container,
      pid: undefined,
      processName: undefined,
      netnsInode: node.ref.inode,
      tuple: {
        transport,
        networkType: 'ipv4',
        localAddress: packet.sourceAddress,
        localPort: packet.sourcePort,
        remoteAddress: packet.destinationAddress,
        remotePort: packet.destinationPort,
      },
      role,
      openedMs: this.nowMs,
      closedMs: undefined,
      isPreexisting: false,
      fingerprint,
      counters: {
        transmittedBytes: 10,
        receivedBytes: 10,
        transmittedMessages: 1,
        receivedMessages: 1,
        retransmittedSegments: 0,
        rttUs: undefined,
      },
      connectDurationUs: undefined,
      failure: undefined,
    };
  }

  #close(half: HalfFlow): void {
    half.closedMs = this.nowMs;
    const atMs = this.nowMs + this.#options.halvesLateMs + this.below(50);
    this.#events.push({ atMs, run: () => this.stitch.closed(half) });
  }

  /** False: some namespace on the way knows that tuple already. */
  #reserve({ sent, received, receiver, translations }: Journey, client: Node, transport: string): boolean {
    const key = (node: Node, packet: Endpoints) =>
      `${node.ref.id} ${transport} ${JSON.stringify(Object.values(packet))}`;
    const keys = [key(client, sent)];
    if (receiver) keys.push(`in ${key(receiver, received)}`);
    for (const { node, entry } of translations)
      keys.push(`o ${key(node, entry.original)}`, `r ${key(node, entry.reply)}`);
    // A masqueraded port may not be one that a socket of that namespace has, nor the other way round.
    for (const { node, entry } of translations)
      keys.push(
        `p ${node.ref.id} ${entry.reply.destinationAddress} ${entry.reply.destinationPort} ${entry.reply.sourceAddress} ${entry.reply.sourcePort}`,
      );
    keys.push(
      `p ${client.ref.id} ${sent.sourceAddress} ${sent.sourcePort} ${sent.destinationAddress} ${sent.destinationPort}`,
    );
    if (new Set(keys).size !== keys.length || keys.some((one) => this.#tuples.has(one))) return false;
    for (const one of keys) this.#tuples.add(one);
    return true;
  }

  #tell(ref: NamespaceRef, lateMs: number, run: () => void): void {
    const atMs = Math.max(this.#lastMs.get(ref.id) ?? 0, this.nowMs + this.#random() * lateMs);
    this.#lastMs.set(ref.id, atMs);
    this.#events.push({ atMs, run });
  }

  #later(lateMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + this.#random() * lateMs, run });
  }
}

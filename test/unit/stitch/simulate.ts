import type { Endpoints, NatEntry } from '../../../src/model/network.ts';
import type { Bridge, Node, World } from './topology.ts';

/** What really happens to a connection's first packet: who gets it, and what NAT made of it on the way. */
export interface Journey {
  readonly sent: Endpoints;
  /** Undefined: it left all hosts. */
  readonly receiver: Node | undefined;
  readonly received: Endpoints;
  readonly translations: readonly { readonly node: Node; readonly entry: NatEntry }[];
}

interface Packet {
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

/** `newPort` gives a masqueraded source its port. Undefined: nobody would answer. */
export function travel(
  world: World,
  transport: 'tcp' | 'udp',
  client: Node,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  newPort: () => number,
): Journey | undefined {
  const translations: { node: Node; entry: NatEntry }[] = [];
  const packet: Packet = { source: sourceFor(client, destination), sourcePort, destination, destinationPort };
  const sent = endpoints(packet);
  const journey = (receiver: Node | undefined): Journey => ({
    sent,
    receiver,
    received: endpoints(packet),
    translations,
  });

  /** Through a node's own stack, from a bridge of it, from its uplink or from one of its sockets. */
  function pass(node: Node, from: Bridge | 'up' | 'socket'): Journey | undefined {
    const before = endpoints(packet);
    const finish = (next: () => Journey | undefined): Journey | undefined => {
      const after = endpoints(packet);
      if (JSON.stringify(after) !== JSON.stringify(before))
        translations.push({ node, entry: { transport, original: before, reply: reverse(after), zone: 0 } });
      return next();
    };
    let isPublished = false;
    if (addressesOf(node).includes(packet.destination)) {
      const target = node.published.get(packet.destinationPort);
      if (target === undefined) return finish(() => journey(node));
      isPublished = true;
      packet.destination = target.address;
      packet.destinationPort = target.port;
    }
    if (packet.destination.startsWith('127.')) return finish(() => journey(node));
    const out = node.bridges.find((bridge) => packet.destination.startsWith(`${bridge.prefix}.`));
    const isForeign =
      typeof from !== 'string' && packet.source.startsWith(`${from.prefix}.`) && (out !== from || isPublished);
    if (isForeign) {
      packet.source = out?.gateway ?? node.up.address;
      packet.sourcePort = newPort();
    }
    if (out !== undefined) {
      const receiver = living(out, packet.destination);
      return receiver === undefined ? undefined : finish(() => pass(receiver, 'up'));
    }
    return finish(() => up(node));
  }

  function up(node: Node): Journey | undefined {
    const { bridge } = node.up;
    if (packet.destination.startsWith(`${bridge.prefix}.`)) {
      if (bridge.owner !== undefined && packet.destination === bridge.gateway) return pass(bridge.owner, bridge);
      const receiver = living(bridge, packet.destination);
      return receiver === undefined ? undefined : pass(receiver, 'up');
    }
    return bridge.owner === undefined ? journey(undefined) : pass(bridge.owner, bridge);
  }

  if (!world.nodes.includes(client)) return undefined;
  return pass(client, 'socket');
}

function living(bridge: Bridge, address: string): Node | undefined {
  return bridge.members.find((node) => node.up.address === address && node.endedMs === undefined);
}

function addressesOf(node: Node): string[] {
  return [node.up.address, ...node.bridges.map((bridge) => bridge.gateway)];
}

/** The kernel's choice: the address on the way to the destination. */
function sourceFor(node: Node, destination: string): string {
  if (destination.startsWith('127.') || addressesOf(node).includes(destination)) return destination;
  const out = node.bridges.find((bridge) => destination.startsWith(`${bridge.prefix}.`));
  return out?.gateway ?? node.up.address;
}

function endpoints(packet: Packet): Endpoints {
  return {
    sourceAddress: packet.source,
    sourcePort: packet.sourcePort,
    destinationAddress: packet.destination,
    destinationPort: packet.destinationPort,
  };
}

function reverse(e: Endpoints): Endpoints {
  return {
    sourceAddress: e.destinationAddress,
    sourcePort: e.destinationPort,
    destinationAddress: e.sourceAddress,
    destinationPort: e.sourcePort,
  };
}

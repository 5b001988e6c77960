import type { Tuple } from '../../model/flow.ts';
import type { Endpoints } from '../../model/network.ts';

export function reversed(packet: Endpoints): Endpoints {
  return {
    sourceAddress: packet.destinationAddress,
    sourcePort: packet.destinationPort,
    destinationAddress: packet.sourceAddress,
    destinationPort: packet.sourcePort,
  };
}

export function isSame(a: Endpoints, b: Endpoints): boolean {
  return (
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.sourceAddress === b.sourceAddress &&
    a.destinationAddress === b.destinationAddress
  );
}

/** What a socket's own packets carry. */
export function packetOf(tuple: Tuple): Endpoints {
  return {
    sourceAddress: tuple.localAddress,
    sourcePort: tuple.localPort,
    destinationAddress: tuple.remoteAddress,
    destinationPort: tuple.remotePort,
  };
}

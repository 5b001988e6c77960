import type { IpFamily, NextHop, Route, RouteType } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';

/** `struct rtmsg`. */
export function parseRoute(bytes: Uint8Array, from: number, to: number, family: IpFamily): Route | undefined {
  if (from + BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Cached copies are made by the kernel for single destinations.
  if ((view.getUint32(from + 8, true) & RTM_F_CLONED) !== 0) return undefined;
  const attributes = new Attributes(bytes, from + BYTES, to);
  const several = attributes.range(RTA.multipath);
  return {
    family,
    table: attributes.u32(RTA.table) ?? bytes[from + 4] ?? 0,
    type: ROUTE_TYPES[bytes[from + 7] ?? 0] ?? 'other',
    destination: attributes.ip(RTA.destination) ?? (family === 4 ? '0.0.0.0' : '::'),
    prefixLength: bytes[from + 1] ?? 0,
    metric: attributes.u32(RTA.priority) ?? 0,
    tos: bytes[from + 3] ?? 0,
    hops: several === undefined ? [hopOf(attributes, attributes.u32(RTA.outLink))] : hopsIn(bytes, several),
  };
}

const BYTES = 12;
const RTM_F_CLONED = 0x200;
const RTA = { destination: 1, outLink: 4, gateway: 5, priority: 6, multipath: 9, table: 15, via: 18 };
const ROUTE_TYPES: Readonly<Record<number, RouteType>> = {
  1: 'unicast',
  2: 'local',
  3: 'broadcast',
  4: 'local', // anycast: the packet is taken here
  5: 'multicast',
  6: 'unreachable',
  7: 'unreachable',
  8: 'unreachable',
};
const NEXT_HOP_BYTES = 8;
const AF_INET6 = 10;

function hopOf(attributes: Attributes, linkIndex: number | undefined): NextHop {
  return { linkIndex, gateway: attributes.ip(RTA.gateway) ?? gatewayOfOtherFamily(attributes) };
}

/** RTA_VIA: an IPv4 route whose gateway is an IPv6 address. */
function gatewayOfOtherFamily(attributes: Attributes): string | undefined {
  if (attributes.u16(RTA.via) !== AF_INET6) return undefined;
  return attributes.ipAfter(RTA.via, 2);
}

/** `struct rtnexthop`, each followed by its attributes. */
function hopsIn(bytes: Uint8Array, [from, to]: readonly [number, number]): NextHop[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hops: NextHop[] = [];
  for (let at = from; at + NEXT_HOP_BYTES <= to; ) {
    const sizeBytes = view.getUint16(at, true);
    if (sizeBytes < NEXT_HOP_BYTES || at + sizeBytes > to) break;
    const attributes = new Attributes(bytes, at + NEXT_HOP_BYTES, at + sizeBytes);
    hops.push(hopOf(attributes, view.getInt32(at + 4, true)));
    at += (sizeBytes + 3) & ~3;
  }
  return hops;
}

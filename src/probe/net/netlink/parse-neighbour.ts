import type { ForwardingEntry, IpFamily, Neighbour } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';

/** `struct ndmsg` of a neighbour; one whose MAC is not known (any more) is not usable. */
export function parseNeighbour(
  bytes: Uint8Array,
  from: number,
  to: number,
  family: IpFamily,
): { readonly row: Neighbour; readonly isUsable: boolean } | undefined {
  if (from + BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Attributes(bytes, from + BYTES, to);
  const address = attributes.ip(NDA.destination);
  if (address === undefined) return undefined;
  const mac = attributes.mac(NDA.linkAddress);
  const state = view.getUint16(from + 8, true);
  const isUsable = mac !== undefined && (state & (NUD_INCOMPLETE | NUD_FAILED | NUD_NOARP)) === 0;
  return { row: { family, linkIndex: view.getInt32(from + 4, true), address, mac: mac ?? '' }, isUsable };
}

/** `struct ndmsg` of a bridge's or tunnel's forwarding table. */
export function parseForwarding(bytes: Uint8Array, from: number, to: number): ForwardingEntry | undefined {
  if (from + BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Attributes(bytes, from + BYTES, to);
  const mac = attributes.mac(NDA.linkAddress);
  // Every port lists its multicast groups: nothing is found by them.
  if (mac === undefined || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) return undefined;
  return {
    linkIndex: view.getInt32(from + 4, true),
    mac,
    remote: attributes.ip(NDA.destination),
    vlanId: attributes.u16(NDA.vlan),
  };
}

const BYTES = 12;
const NDA = { destination: 1, linkAddress: 2, vlan: 5 };
const NUD_INCOMPLETE = 0x01;
const NUD_FAILED = 0x20;
const NUD_NOARP = 0x40;

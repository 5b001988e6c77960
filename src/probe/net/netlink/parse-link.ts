import type { Link } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';

/** `struct ifinfomsg`. */
export function parseLink(bytes: Uint8Array, from: number, to: number): Link | undefined {
  if (from + BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Attributes(bytes, from + BYTES, to);
  const information = attributes.nested(IFLA.linkInfo);
  const kind = information?.text(INFO.kind);
  const data = information?.nested(INFO.data);
  const isVxlan = kind === 'vxlan';
  return {
    index: view.getInt32(from + 4, true),
    name: attributes.text(IFLA.name) ?? '',
    kind,
    isLoopback: view.getUint16(from + 2, true) === ARPHRD_LOOPBACK,
    mac: attributes.mac(IFLA.address),
    masterIndex: attributes.u32(IFLA.master) || undefined,
    peerIndex: attributes.u32(IFLA.link) || undefined,
    peerNsid: attributes.i32(IFLA.linkNetnsId),
    vni: isVxlan ? data?.u32(VXLAN.id) : undefined,
    remote: isVxlan ? (data?.ip(VXLAN.group) ?? data?.ip(VXLAN.group6)) : undefined,
    vlanId: kind === 'vlan' ? data?.u16(VLAN_ID) : undefined,
  };
}

const BYTES = 16;
const ARPHRD_LOOPBACK = 772;
const IFLA = { address: 1, name: 3, link: 5, master: 10, linkInfo: 18, linkNetnsId: 37 };
const INFO = { kind: 1, data: 2 };
const VXLAN = { id: 1, group: 2, group6: 16 };
const VLAN_ID = 1;

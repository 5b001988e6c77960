import type { InterfaceAddress, IpFamily } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';

/** `struct ifaddrmsg`. On a point-to-point link IFA_ADDRESS is the other end's. */
export function parseAddress(
  bytes: Uint8Array,
  from: number,
  to: number,
  family: IpFamily,
): InterfaceAddress | undefined {
  if (from + BYTES > to) return undefined;
  const attributes = new Attributes(bytes, from + BYTES, to);
  const address = attributes.ip(IFA_LOCAL) ?? attributes.ip(IFA_ADDRESS);
  if (address === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { family, linkIndex: view.getInt32(from + 4, true), address, prefixLength: bytes[from + 1] ?? 0 };
}

const BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

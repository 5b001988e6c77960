import { parseIp } from '../../model/ip.ts';
import type { IpFamily } from '../../model/network.ts';

/**
 * What stands under prefixes, longest first. IPv4 keys are numbers, IPv6 keys text: no bigint, and a table
 * of some lengths costs as many look-ups.
 */
export class PrefixIndex<V> {
  readonly #byLength = new Map<number, Map<number | string, V[]>>();
  #lengths: number[] = [];

  add(address: Uint8Array, prefixLength: number, value: V): void {
    let byKey = this.#byLength.get(prefixLength);
    if (byKey === undefined) {
      byKey = new Map();
      this.#byLength.set(prefixLength, byKey);
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    }
    const key = prefixKey(address, prefixLength);
    const values = byKey.get(key);
    if (values === undefined) byKey.set(key, [value]);
    else values.push(value);
  }

  /** Values of each prefix that holds the address, the longest first. */
  *find(address: Uint8Array): Generator<readonly V[]> {
    for (const length of this.#lengths) {
      const values = this.#byLength.get(length)?.get(prefixKey(address, length));
      if (values !== undefined) yield values;
    }
  }
}

export const familyOf = (address: Uint8Array): IpFamily => (address.length === 4 ? 4 : 6);

export function isInPrefix(
  address: Uint8Array,
  prefix: { readonly address: string; readonly prefixLength: number },
): boolean {
  const bytes = parseIp(prefix.address);
  if (bytes === undefined || bytes.length !== address.length) return false;
  return prefixKey(address, prefix.prefixLength) === prefixKey(bytes, prefix.prefixLength);
}

function prefixKey(address: Uint8Array, prefixLength: number): number | string {
  if (address.length === 4) {
    const value = ((address[0] ?? 0) << 24) | ((address[1] ?? 0) << 16) | ((address[2] ?? 0) << 8) | (address[3] ?? 0);
    return prefixLength === 0 ? 0 : value & (-1 << (32 - prefixLength));
  }
  let key = '';
  const whole = prefixLength >> 3;
  for (let i = 0; i < whole; i++) key += String.fromCharCode(address[i] ?? 0);
  const rest = prefixLength & 7;
  if (rest > 0) key += String.fromCharCode((address[whole] ?? 0) & (0xff00 >> rest) & 0xff);
  return key;
}

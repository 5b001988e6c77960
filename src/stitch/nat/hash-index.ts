import type { Endpoints } from '../../model/network.ts';

/**
 * Entries by the hash of what they are looked up by. The hash is a small integer, so the index costs no
 * text per entry; whoever finds compares what it found.
 */
export class HashIndex<E> {
  readonly #byHash = new Map<number, E | E[]>();

  add(hash: number, entry: E): void {
    const known = this.#byHash.get(hash);
    if (known === undefined) this.#byHash.set(hash, entry);
    else if (Array.isArray(known)) known.push(entry);
    else this.#byHash.set(hash, [known, entry]);
  }

  remove(hash: number, entry: E): void {
    const known = this.#byHash.get(hash);
    if (known === entry) this.#byHash.delete(hash);
    else if (Array.isArray(known)) {
      const left = known.filter((other) => other !== entry);
      const [only] = left;
      if (left.length === 1 && only !== undefined) this.#byHash.set(hash, only);
      else this.#byHash.set(hash, left);
    }
  }

  get(hash: number): readonly E[] {
    const known = this.#byHash.get(hash);
    if (known === undefined) return [];
    return Array.isArray(known) ? known : [known];
  }
}

/** 32-bit FNV-1a over the domain, the transport and the packet's four endpoints. */
export function hashEndpoints(domain: number, transport: 'tcp' | 'udp', packet: Endpoints): number {
  let hash = mix(OFFSET_BASIS, domain);
  hash = mix(hash, transport === 'tcp' ? 6 : 17);
  hash = mixText(hash, packet.sourceAddress);
  hash = mix(hash, packet.sourcePort);
  hash = mixText(hash, packet.destinationAddress);
  return mix(hash, packet.destinationPort);
}

export function hashPair(a: number, b: number): number {
  return mix(mix(OFFSET_BASIS, a), b);
}

const OFFSET_BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** Stays a 32-bit integer, which needs no box. */
function mix(hash: number, value: number): number {
  const low = Math.imul(hash ^ (value & 0xffff), PRIME);
  return Math.imul(low ^ (value >>> 16), PRIME);
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), PRIME);
  return mixed;
}

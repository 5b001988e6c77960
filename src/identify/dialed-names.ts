import type { Container } from '../model/container.ts';
import type { DnsAnswer } from '../model/dns.ts';

/** Addresses a container was told; the oldest is forgotten. */
const MAX_ADDRESSES = 1_024;

/** Under which name a container asked for an address, so that what it dials carries the name. */
export class DialedNames {
  private readonly byContainer = new Map<Container, Map<string, string>>();

  note(container: Container, { name, addresses }: DnsAnswer): void {
    if (addresses.length === 0 || name === '') return;
    let names = this.byContainer.get(container);
    if (!names) {
      names = new Map();
      this.byContainer.set(container, names);
    }
    for (const address of addresses) {
      // Asked for again: youngest.
      names.delete(address);
      names.set(address, name);
      const [oldest] = names.keys();
      if (names.size > MAX_ADDRESSES && oldest !== undefined) names.delete(oldest);
    }
  }

  nameOf(container: Container, address: string): string | undefined {
    return this.byContainer.get(container)?.get(address);
  }

  forget(container: Container): void {
    this.byContainer.delete(container);
  }
}

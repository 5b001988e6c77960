import type { IpFamily, TableChange } from '../../../model/network.ts';
import { messagesIn } from './messages.ts';
import { parseAddress } from './parse-address.ts';
import { parseLink } from './parse-link.ts';
import { parseForwarding, parseNeighbour } from './parse-neighbour.ts';
import { parseRoute } from './parse-route.ts';
import { parseRule } from './parse-rule.ts';

/** rtnetlink messages, of dumps and of multicast groups, as changes of table rows. */
export function parseRouteTables(bytes: Uint8Array, onChange: (change: TableChange) => void): void {
  for (const { type, from, to } of messagesIn(bytes)) {
    const change = parseMessage(bytes, type, from, to);
    if (change !== undefined) onChange(change);
  }
}

const AF_INET = 2;
const AF_INET6 = 10;
const AF_BRIDGE = 7;
const MESSAGE = { newLink: 16, newAddress: 20, newRoute: 24, newNeighbour: 28, newRule: 32 };

function parseMessage(bytes: Uint8Array, type: number, from: number, to: number): TableChange | undefined {
  // Each "new" is followed by its "delete".
  const isRemoved = (type & 1) === 1;
  const family = bytes[from] ?? 0;
  switch (type & ~1) {
    case MESSAGE.newLink: {
      // The bridge tells about its ports in messages of the same type, where "delete" means "left the bridge".
      const row = family === AF_BRIDGE ? undefined : parseLink(bytes, from, to);
      return row && { table: 'links', isRemoved, row };
    }
    case MESSAGE.newAddress: {
      const row = ipFamily(family, (f) => parseAddress(bytes, from, to, f));
      return row && { table: 'addresses', isRemoved, row };
    }
    case MESSAGE.newRoute: {
      const row = ipFamily(family, (f) => parseRoute(bytes, from, to, f));
      return row && { table: 'routes', isRemoved, row };
    }
    case MESSAGE.newRule: {
      const row = ipFamily(family, (f) => parseRule(bytes, from, to, f));
      return row && { table: 'rules', isRemoved, row };
    }
    case MESSAGE.newNeighbour: {
      if (family === AF_BRIDGE) {
        const row = parseForwarding(bytes, from, to);
        return row && { table: 'forwarding', isRemoved, row };
      }
      const found = ipFamily(family, (f) => parseNeighbour(bytes, from, to, f));
      return found && { table: 'neighbours', isRemoved: isRemoved || !found.isUsable, row: found.row };
    }
    default:
      return undefined;
  }
}

function ipFamily<R>(family: number, parse: (family: IpFamily) => R | undefined): R | undefined {
  if (family === AF_INET) return parse(4);
  if (family === AF_INET6) return parse(6);
  return undefined;
}

import type { IpFamily, Prefix, Rule } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';

/** `struct fib_rule_hdr`. */
export function parseRule(bytes: Uint8Array, from: number, to: number, family: IpFamily): Rule | undefined {
  if (from + BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Attributes(bytes, from + BYTES, to);
  const prefix = (type: number, prefixLength: number): Prefix | undefined => {
    const address = attributes.ip(type);
    return address === undefined ? undefined : { address, prefixLength };
  };
  const suppressed = attributes.i32(FRA.suppressPrefixLength);
  return {
    family,
    priority: attributes.u32(FRA.priority) ?? 0,
    action: ACTIONS[bytes[from + 7] ?? 0] ?? 'other',
    table: attributes.u32(FRA.table) ?? bytes[from + 4] ?? 0,
    from: prefix(FRA.source, bytes[from + 2] ?? 0),
    to: prefix(FRA.destination, bytes[from + 1] ?? 0),
    inLink: attributes.text(FRA.inLink),
    outLink: attributes.text(FRA.outLink),
    isInverted: (view.getUint32(from + 8, true) & FIB_RULE_INVERT) !== 0,
    suppressPrefixLength: suppressed === undefined || suppressed < 0 ? undefined : suppressed,
    isConditional: bytes[from + 3] !== 0 || CONDITIONS.some((type) => attributes.has(type)),
  };
}

const BYTES = 12;
const FIB_RULE_INVERT = 2;
const FRA = {
  destination: 1,
  source: 2,
  inLink: 3,
  priority: 6,
  mark: 10,
  suppressPrefixLength: 14,
  table: 15,
  outLink: 17,
  l3Master: 19,
  users: 20,
  protocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
};
const CONDITIONS = [FRA.mark, FRA.l3Master, FRA.users, FRA.sourcePorts, FRA.destinationPorts, FRA.protocol];
const ACTIONS: Readonly<Record<number, Rule['action']>> = {
  1: 'table',
  3: 'nop',
  6: 'unreachable',
  7: 'unreachable',
  8: 'unreachable',
};

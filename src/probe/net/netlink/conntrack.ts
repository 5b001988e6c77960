import type { Endpoints, NatEntry } from '../../../model/network.ts';
import { Attributes } from './attributes.ts';
import { messagesIn } from './messages.ts';

/** Conntrack messages as translated connections; what is not translated, or neither TCP nor UDP, is left out. */
export function parseConntrack(bytes: Uint8Array, onEntry: (entry: NatEntry, isEnded: boolean) => void): void {
  for (const message of messagesIn(bytes)) {
    if (message.type >> 8 !== SUBSYSTEM_CONNTRACK) continue;
    const entry = parseEntry(new Attributes(bytes, message.from + GENERIC_HEADER_BYTES, message.to));
    if (entry !== undefined) onEntry(entry, (message.type & 0xff) === MESSAGE_DELETE);
  }
}

const SUBSYSTEM_CONNTRACK = 1;
const MESSAGE_DELETE = 2;
const GENERIC_HEADER_BYTES = 4;
const CTA = { original: 1, reply: 2, zone: 18 };
const TUPLE = { ip: 1, protocol: 2 };
const IP = { v4Source: 1, v4Destination: 2, v6Source: 3, v6Destination: 4 };
const PROTOCOL = { number: 1, sourcePort: 2, destinationPort: 3 };
const TRANSPORTS: Readonly<Record<number, 'tcp' | 'udp'>> = { 6: 'tcp', 17: 'udp' };

function parseEntry(attributes: Attributes): NatEntry | undefined {
  const originalTuple = attributes.nested(CTA.original);
  const replyTuple = attributes.nested(CTA.reply);
  if (originalTuple === undefined || replyTuple === undefined) return undefined;
  const transport = TRANSPORTS[originalTuple.nested(TUPLE.protocol)?.u8(PROTOCOL.number) ?? 0];
  const original = parseEndpoints(originalTuple);
  const reply = parseEndpoints(replyTuple);
  if (transport === undefined || original === undefined || reply === undefined) return undefined;
  if (isReversed(original, reply)) return undefined;
  return { transport, original, reply, zone: attributes.u16be(CTA.zone) ?? 0 };
}

function parseEndpoints(tuple: Attributes): Endpoints | undefined {
  const ip = tuple.nested(TUPLE.ip);
  const protocol = tuple.nested(TUPLE.protocol);
  const sourceAddress = ip?.ip(IP.v4Source) ?? ip?.ip(IP.v6Source);
  const destinationAddress = ip?.ip(IP.v4Destination) ?? ip?.ip(IP.v6Destination);
  const sourcePort = protocol?.u16be(PROTOCOL.sourcePort);
  const destinationPort = protocol?.u16be(PROTOCOL.destinationPort);
  if (sourceAddress === undefined || destinationAddress === undefined) return undefined;
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  return { sourceAddress, sourcePort, destinationAddress, destinationPort };
}

function isReversed(original: Endpoints, reply: Endpoints): boolean {
  return (
    original.sourceAddress === reply.destinationAddress &&
    original.destinationAddress === reply.sourceAddress &&
    original.sourcePort === reply.destinationPort &&
    original.destinationPort === reply.sourcePort
  );
}

import type { Direction } from '../../stream/protocol-spec.ts';

/** Header and question of a message (RFC 1035); the rest is not read. */
export interface DnsMessage {
  readonly requestId: number;
  readonly isResponse: boolean;
  readonly rcode: number;
  readonly questionName: string;
  readonly questionType: string;
}

const HEADER_BYTES = 12;
const NAME_LIMIT_BYTES = 255;
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
};

export function readMessage(bytes: Buffer): DnsMessage | undefined {
  if (bytes.length < HEADER_BYTES + 5) return undefined;
  const flags = bytes.readUInt16BE(2);
  // A standard query with one question; the reserved bit is zero.
  if ((flags & 0x7840) !== 0 || bytes.readUInt16BE(4) !== 1) return undefined;
  const isResponse = flags >= 0x8000;
  if (!isResponse && (bytes.readUInt16BE(6) !== 0 || bytes.readUInt16BE(10) > 2)) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const sizeBytes = bytes[at];
    if (sizeBytes === undefined || sizeBytes > 63 || at + sizeBytes - HEADER_BYTES > NAME_LIMIT_BYTES) return undefined;
    at += 1;
    if (sizeBytes === 0) break;
    if (at + sizeBytes > bytes.length) return undefined;
    labels.push(bytes.toString('latin1', at, at + sizeBytes));
    at += sizeBytes;
  }
  if (at + 4 > bytes.length) return undefined;
  const type = bytes.readUInt16BE(at);
  const questionClass = bytes.readUInt16BE(at + 2) & 0x7fff;
  if (questionClass !== 1 && questionClass !== 3 && questionClass !== 255) return undefined;
  return {
    requestId: bytes.readUInt16BE(0),
    isResponse,
    rcode: flags & 0xf,
    questionName: labels.join('.').toLowerCase() || '.',
    questionType: TYPES[type] ?? `TYPE${type}`,
  };
}

export function isDnsMessage(bytes: Buffer, direction: Direction): boolean {
  const message = readMessage(bytes);
  return message !== undefined && message.isResponse === (direction === 'response');
}

import type { DnsAnswer } from '../../model/dns.ts';
import { formatIp } from '../../model/ip.ts';

/** RFC 1035 4.1.1: id, flags, four counts. */
const HEADER_BYTES = 12;
const FLAG_RESPONSE = 0x8000;
const CODE_MASK = 0xf;
/** RFC 1035 2.3.4, and a bound for what a malicious answer can make us follow. */
const MAX_NAME_BYTES = 255;
const MAX_POINTERS = 16;
const MAX_ADDRESSES = 16;
const POINTER = 0xc0;
const CLASS_IN = 1;
const RECORD_BYTES = 10;

const TYPES = new Map(
  Object.entries({
    A: 1,
    NS: 2,
    CNAME: 5,
    SOA: 6,
    PTR: 12,
    MX: 15,
    TXT: 16,
    AAAA: 28,
    SRV: 33,
    NAPTR: 35,
    SVCB: 64,
    HTTPS: 65,
    ANY: 255,
    CAA: 257,
  }).map(([name, number]) => [number, name]),
);
const CODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];
const ADDRESS_BYTES = new Map([
  [1, 4],
  [28, 16],
]);

/** Question, code and addresses of an answer that may be cut anywhere after the question; undefined: no answer. */
export function parseDnsAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & FLAG_RESPONSE) === 0 || view.getUint16(4) !== 1) return undefined;
  const question = readName(bytes, HEADER_BYTES);
  if (question === undefined || question.end + 4 > bytes.length) return undefined;
  if (view.getUint16(question.end + 2) !== CLASS_IN) return undefined;
  const type = view.getUint16(question.end);
  const code = flags & CODE_MASK;
  return {
    name: question.name,
    type: TYPES.get(type) ?? `TYPE${type}`,
    code: CODES[code] ?? `RCODE${code}`,
    addresses: readAddresses(bytes, view, question.end + 4, view.getUint16(6)),
  };
}

/** A message over TCP has its length before it; some readers take the two apart. */
export function parseTcpAnswer(bytes: Uint8Array, receivedBytes: number): DnsAnswer | undefined {
  const [high = 0, low = 0] = bytes;
  const isWhole = high * 256 + low === receivedBytes - 2;
  return parseDnsAnswer(isWhole ? bytes.subarray(2) : bytes);
}

function readAddresses(bytes: Uint8Array, view: DataView, start: number, count: number): string[] {
  const addresses: string[] = [];
  let at = start;
  for (let i = 0; i < count && addresses.length < MAX_ADDRESSES; i++) {
    const owner = readName(bytes, at);
    if (owner === undefined || owner.end + RECORD_BYTES > bytes.length) break;
    const type = view.getUint16(owner.end);
    const sizeBytes = view.getUint16(owner.end + 8);
    const data = owner.end + RECORD_BYTES;
    if (data + sizeBytes > bytes.length) break;
    if (ADDRESS_BYTES.get(type) === sizeBytes) addresses.push(formatIp(bytes, data, sizeBytes));
    at = data + sizeBytes;
  }
  return addresses;
}

/** Labels joined by dots; bytes outside printable ASCII as `\ddd`, as name servers write them. */
function readName(bytes: Uint8Array, start: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let usedBytes = 0;
  for (let pointers = 0; pointers <= MAX_POINTERS; ) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if ((length & POINTER) === POINTER) {
      const low = bytes[at + 1];
      if (low === undefined) return undefined;
      end ??= at + 2;
      at = (length & ~POINTER) * 256 + low;
      pointers++;
      continue;
    }
    usedBytes += length + 1;
    if ((length & POINTER) !== 0 || usedBytes > MAX_NAME_BYTES || at + 1 + length > bytes.length) return undefined;
    labels.push(labelText(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return undefined;
}

function labelText(label: Uint8Array): string {
  let text = '';
  for (const byte of label) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== DOT && byte !== BACKSLASH;
    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return text.toLowerCase();
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

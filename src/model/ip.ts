/**
 * IP addresses in text and back. Canonical: IPv4 dotted; IPv6 as RFC 5952 writes it; v4-mapped as IPv4, so
 * that one socket address has one name.
 */

/** 4 or 16 bytes at `at`. */
export function formatIp(bytes: Uint8Array, at: number, sizeBytes: number): string {
  if (sizeBytes === 4) return formatV4(bytes, at);
  if (sizeBytes !== 16) return '';
  if (isMapped(bytes, at)) return formatV4(bytes, at + 12);
  return formatV6(bytes, at);
}

/** 4 or 16 bytes; undefined when it is no address. v4-mapped gives 4. */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseV4(text);
  const bytes = parseV6(text);
  return bytes !== undefined && isMapped(bytes, 0) ? bytes.slice(12) : bytes;
}

/** The same address, canonical; text that is none stays as it is. */
export function canonicalIp(text: string): string {
  if (!text.includes(':')) return text;
  const bytes = parseIp(text);
  return bytes === undefined ? text : formatIp(bytes, 0, bytes.length);
}

export const isLoopbackIp = (address: string): boolean => address.startsWith('127.') || address === '::1';
export const isWildcardIp = (address: string): boolean => address === '0.0.0.0' || address === '::';

function formatV4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

function formatV6(bytes: Uint8Array, at: number): string {
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[at + i] ?? 0) << 8) | (bytes[at + i + 1] ?? 0));
  // The longest run of zeros, of at least two, the first of equals.
  let from = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i > length) {
      from = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  if (from < 0) return hex(words);
  return `${hex(words.slice(0, from))}::${hex(words.slice(from + length))}`;
}

/** No regular expression: every packet that is walked passes here. */
function parseV4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (digits === 0 || part > 3) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
    } else {
      value = value * 10 + code - ZERO;
      if (code < ZERO || code > ZERO + 9 || ++digits > 3 || value > 255) return undefined;
    }
  }
  return part === 4 ? bytes : undefined;
}

const DOT = 46;
const ZERO = 48;

function parseV6(text: string): Uint8Array | undefined {
  const bare = text.split('%', 1)[0] ?? '';
  const halves = bare.split('::');
  if (halves.length > 2) return undefined;
  const head = wordsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? wordsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Bytes of `a:b:1.2.3.4`. */
function wordsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && i === parts.length - 1) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      const word = Number.parseInt(part, 16);
      bytes.push(word >> 8, word & 0xff);
    }
  }
  return bytes;
}

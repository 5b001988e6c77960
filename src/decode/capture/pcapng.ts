import { SondeError } from '../../errors/sonde-error.ts';
import type { FileReader } from './file-reader.ts';
import type { CapturedPacket } from './packet-source.ts';
import { PACKET_LIMIT_BYTES } from './pcap.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE_LIMIT = 1024;
const OPTION_RESOLUTION = 9;
const OPTION_OFFSET = 14;

interface Interface {
  readonly linkType: number;
  readonly snapBytes: number;
  readonly unitsPerS: number;
  readonly offsetS: number;
}

/** The section header's type has been read already. */
export function readPcapng(file: FileReader, path: string, onPacket: (packet: CapturedPacket) => void): void {
  let isLittle = true;
  let interfaces: Interface[] = [];
  let type: number | undefined = SECTION;
  const bad = (what: string): SondeError => new SondeError('SND_DEC_FORMAT', `${path}: ${what}`);
  const u16 = (bytes: Buffer, at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (bytes: Buffer, at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  while (type !== undefined) {
    const isSection: boolean = type === SECTION;
    const head = file.read(isSection ? 8 : 4);
    if (!head) return;
    if (isSection) {
      isLittle = head.readUInt32LE(4) === BYTE_ORDER;
      if (!isLittle && head.readUInt32BE(4) !== BYTE_ORDER) throw bad('a section without a byte order');
      interfaces = [];
    }
    const sizeBytes = u32(head, 0);
    const bodyBytes: number = sizeBytes - (isSection ? 16 : 12);
    if (bodyBytes < 0 || sizeBytes % 4 !== 0) throw bad(`a block of ${sizeBytes} bytes`);
    const isRead = type === INTERFACE || type === OLD_PACKET || type === SIMPLE_PACKET || type === ENHANCED_PACKET;
    if (!isRead) {
      if (!file.skip(bodyBytes + 4)) return;
    } else {
      if (bodyBytes > PACKET_LIMIT_BYTES + 65_536) throw bad(`a block of ${sizeBytes} bytes`);
      const body = file.read(bodyBytes + 4)?.subarray(0, bodyBytes);
      if (!body) return;
      if (type === INTERFACE) {
        if (body.length < 8 || interfaces.length >= INTERFACE_LIMIT) throw bad('an interface too many, or too short');
        interfaces.push(readInterface(body, u16, u32));
      } else {
        const packet = readBlock(type, body, interfaces, u16, u32);
        if (packet) onPacket(packet);
      }
    }
    const next = file.read(4);
    type = next ? u32(next, 0) : undefined;
  }
}

type Reader = (bytes: Buffer, at: number) => number;

function readInterface(body: Buffer, u16: Reader, u32: Reader): Interface {
  let unitsPerS = 1_000_000;
  let offsetS = 0;
  for (let at = 8; at + 4 <= body.length; ) {
    const code = u16(body, at);
    const sizeBytes = u16(body, at + 2);
    if (code === 0 || at + 4 + sizeBytes > body.length) break;
    if (code === OPTION_RESOLUTION && sizeBytes === 1) {
      const value = body[at + 4] ?? 6;
      unitsPerS = value & 0x80 ? 2 ** Math.min(value & 0x7f, 32) : 10 ** Math.min(value, 9);
    } else if (code === OPTION_OFFSET && sizeBytes === 8) {
      // Its lower half holds any offset before 2106.
      offsetS = Math.min(u32(body, at + 4), u32(body, at + 8));
    }
    at += 4 + Math.ceil(sizeBytes / 4) * 4;
  }
  return { linkType: u16(body, 0), snapBytes: u32(body, 4), unitsPerS, offsetS };
}

function readBlock(
  type: number,
  body: Buffer,
  interfaces: readonly Interface[],
  u16: Reader,
  u32: Reader,
): CapturedPacket | undefined {
  if (type === SIMPLE_PACKET) {
    const first = interfaces[0];
    if (!first || body.length < 4) return undefined;
    const limitBytes = first.snapBytes === 0 ? PACKET_LIMIT_BYTES : first.snapBytes;
    const bytes = body.subarray(4, 4 + Math.min(u32(body, 0), limitBytes));
    return { linkType: first.linkType, timeS: 0, fractionNs: 0, bytes };
  }
  if (body.length < 20) return undefined;
  const from = interfaces[type === ENHANCED_PACKET ? u32(body, 0) : u16(body, 0)];
  if (!from) return undefined;
  const bytes = body.subarray(20, 20 + u32(body, 12));
  const [seconds, rest] = divide(u32(body, 4), u32(body, 8), from.unitsPerS);
  return {
    linkType: from.linkType,
    timeS: seconds + from.offsetS,
    fractionNs: Math.floor(rest * (1e9 / from.unitsPerS)),
    bytes,
  };
}

/** A 64-bit count by a divisor up to 2^32, exactly, without bigint: long division by 16-bit digits. */
function divide(high: number, low: number, divisor: number): [quotient: number, rest: number] {
  let quotient = 0;
  let rest = 0;
  for (const digit of [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]) {
    const current = rest * 65_536 + digit;
    quotient = quotient * 65_536 + Math.floor(current / divisor);
    rest = current % divisor;
  }
  return [quotient, rest];
}

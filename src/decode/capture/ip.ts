/** One IP packet's transport payload, or a fragment of it. */
export interface IpPayload {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** What was captured of it. */
  readonly bytes: Buffer;
  /** What the packet had: more, when the capture's snap length cut it. */
  readonly sizeBytes: number;
  readonly fragment: Fragment | undefined;
}

export interface Fragment {
  readonly id: number;
  readonly offsetBytes: number;
  readonly isLast: boolean;
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
const EXTENSION_LIMIT = 16;

export function readIp(packet: Buffer): IpPayload | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return readIpv4(packet);
  return version === 6 ? readIpv6(packet) : undefined;
}

function readIpv4(packet: Buffer): IpPayload | undefined {
  if (packet.length < 20) return undefined;
  const headerBytes = ((packet[0] ?? 0) & 0xf) * 4;
  // Zero where the sender's card cuts a large segment later (offload).
  const totalBytes = packet.readUInt16BE(2) || packet.length;
  if (headerBytes < 20 || totalBytes < headerBytes || packet.length < headerBytes) return undefined;
  const flags = packet.readUInt16BE(6);
  const offsetBytes = (flags & 0x1fff) * 8;
  const hasMore = (flags & 0x2000) !== 0;
  return {
    source: ipv4Text(packet, 12),
    destination: ipv4Text(packet, 16),
    protocol: packet[9] ?? 0,
    bytes: packet.subarray(headerBytes, Math.min(packet.length, totalBytes)),
    sizeBytes: totalBytes - headerBytes,
    fragment: hasMore || offsetBytes > 0 ? { id: packet.readUInt16BE(4), offsetBytes, isLast: !hasMore } : undefined,
  };
}

function readIpv6(packet: Buffer): IpPayload | undefined {
  if (packet.length < 40) return undefined;
  const payloadBytes = packet.readUInt16BE(4) || packet.length - 40;
  const end = Math.min(packet.length, 40 + payloadBytes);
  let protocol = packet[6] ?? 0;
  let at = 40;
  let fragment: Fragment | undefined;
  for (let count = 0; isExtension(protocol); count++) {
    if (count === EXTENSION_LIMIT || at + 8 > end) return undefined;
    const next = packet[at] ?? 0;
    const length = packet[at + 1] ?? 0;
    if (protocol === FRAGMENT) {
      const field = packet.readUInt16BE(at + 2);
      const isLast = (field & 1) === 0;
      const offsetBytes = field & 0xfff8;
      if (!isLast || offsetBytes > 0) fragment = { id: packet.readUInt32BE(at + 4), offsetBytes, isLast };
      at += 8;
    } else at += protocol === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
    protocol = next;
    // Further headers are in the first fragment alone.
    if (fragment && fragment.offsetBytes > 0) break;
  }
  if (at > end) return undefined;
  return {
    source: ipv6Text(packet, 8),
    destination: ipv6Text(packet, 24),
    protocol,
    bytes: packet.subarray(at, end),
    sizeBytes: 40 + payloadBytes - at,
    fragment,
  };
}

function isExtension(protocol: number): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === AUTHENTICATION ||
    protocol === DESTINATION ||
    protocol === MOBILITY
  );
}

function ipv4Text(packet: Buffer, at: number): string {
  return `${packet[at]}.${packet[at + 1]}.${packet[at + 2]}.${packet[at + 3]}`;
}

/** RFC 5952: the longest run of zeros is left out. */
function ipv6Text(packet: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(at + index * 2).toString(16));
  const longest = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)].reduce(
    (best, [run]) => (run.length > best.length ? run : best),
    '',
  );
  const text = groups.join(':');
  if (longest === '') return text;
  const start = text.search(new RegExp(`(?<![\\da-f])${longest}(?![\\da-f])`));
  const before = text.slice(0, start).replace(/:$/, '');
  const after = text.slice(start + longest.length).replace(/^:/, '');
  return `${before}::${after}`;
}

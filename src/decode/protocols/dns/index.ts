import type { ProtocolSpec } from '../../stream/protocol-spec.ts';
import { isDnsMessage } from './message.ts';
import { DnsParser } from './parser.ts';

export const DNS: ProtocolSpec = {
  name: 'dns',
  transports: ['udp', 'tcp'],
  ports: [53],
  /** A length of two bytes and the longest message. */
  limitBytes: 65_537,
  looksLike(bytes, direction, transport) {
    if (transport === 'udp') return isDnsMessage(bytes, direction) ? 'yes' : 'no';
    if (bytes.length < 2) return 'maybe';
    const sizeBytes = bytes.readUInt16BE(0);
    if (sizeBytes < 17 || (direction === 'request' && sizeBytes > 1024)) return 'no';
    if (bytes.length >= 6) {
      // Flags that no query has: most other protocols end here.
      const flags = bytes.readUInt16BE(4);
      if ((flags & 0x7840) !== 0 || flags >> 15 !== (direction === 'request' ? 0 : 1)) return 'no';
    }
    if (bytes.length >= 8 && bytes.readUInt16BE(6) !== 1) return 'no';
    if (bytes.length < Math.min(sizeBytes + 2, 300)) return 'maybe';
    return isDnsMessage(bytes.subarray(2, 2 + sizeBytes), direction) ? 'yes' : 'no';
  },
  createParser: (deps) => new DnsParser(deps),
};

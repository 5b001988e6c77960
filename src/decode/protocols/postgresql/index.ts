import type { ProtocolSpec } from '../../stream/protocol-spec.ts';
import { MESSAGE_KEPT_BYTES } from './message.ts';
import { PostgresqlParser } from './parser.ts';

const STARTUP_CODES: ReadonlySet<number> = new Set([196_608, 196_610, 80_877_102, 80_877_103, 80_877_104]);
const STARTUP_LIMIT_BYTES = 10_000;
const QUERY_LIMIT_BYTES = 0x1000_0000;

export const POSTGRESQL: ProtocolSpec = {
  name: 'postgresql',
  transports: ['tcp'],
  ports: [5432, 6432],
  limitBytes: MESSAGE_KEPT_BYTES + 64,
  looksLike(bytes, direction) {
    if (direction === 'response') return 'no';
    const first = bytes[0];
    if (first === undefined) return 'maybe';
    // In the middle of a connection: Query or Parse, with text in it.
    if (first === 0x51 || first === 0x50) {
      if (bytes.length < 5) return bytes[1] === undefined || bytes[1] < 0x10 ? 'maybe' : 'no';
      const sizeBytes = bytes.readUInt32BE(1);
      if (sizeBytes < 5 || sizeBytes > QUERY_LIMIT_BYTES) return 'no';
      if (bytes.length < Math.min(1 + sizeBytes, 16)) return 'maybe';
      const text = bytes.toString('latin1', 5, Math.min(1 + sizeBytes, 64));
      return (first === 0x51 ? /^[\s(]*(?:--|\/\*|[A-Za-z;\0])/ : /^[\w.-]*\0[\s(]*(?:--|\/\*|[A-Za-z;\0])/).test(text)
        ? 'yes'
        : 'no';
    }
    if (first !== 0) return 'no';
    if (bytes.length < 8) return bytes.length > 1 && bytes[1] !== 0 ? 'no' : 'maybe';
    const sizeBytes = bytes.readUInt32BE(0);
    return sizeBytes >= 8 && sizeBytes <= STARTUP_LIMIT_BYTES && STARTUP_CODES.has(bytes.readUInt32BE(4))
      ? 'yes'
      : 'no';
  },
  createParser: (deps) => new PostgresqlParser(deps),
};

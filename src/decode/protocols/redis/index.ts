import type { ProtocolSpec } from '../../stream/protocol-spec.ts';
import { RedisParser } from './parser.ts';
import { LINE_LIMIT_BYTES } from './resp.ts';

const START = /^\*[1-9]\d{0,5}\r\n\$[1-9]\d{0,2}\r\n[A-Za-z]/;
const BEGUN = /^\*(?:[1-9]\d{0,5}(?:\r(?:\n(?:\$(?:[1-9]\d{0,2}(?:\r\n?)?)?)?)?)?)?$/;

export const REDIS: ProtocolSpec = {
  name: 'redis',
  transports: ['tcp'],
  ports: [6379, 26379, 7000],
  limitBytes: LINE_LIMIT_BYTES,
  looksLike(bytes, direction) {
    // Replies are too plain to claim a connection by.
    if (direction === 'response') return 'no';
    const start = bytes.toString('latin1', 0, Math.min(bytes.length, 24));
    if (START.test(start)) return 'yes';
    return BEGUN.test(start) ? 'maybe' : 'no';
  },
  createParser: (deps) => new RedisParser(deps),
};

import type { ProtocolSpec } from '../../stream/protocol-spec.ts';
import { HEAD_LIMIT_BYTES } from './head.ts';
import { Http1Parser } from './parser.ts';

const METHOD_START = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE|CONNECT) (?:\/|https?:|\*|[\w.[-])/;
const STARTS = ['GET ', 'HEAD ', 'POST ', 'PUT ', 'DELETE ', 'PATCH ', 'OPTIONS ', 'TRACE ', 'CONNECT '];
const ANSWER_START = 'HTTP/1.';

export const HTTP1: ProtocolSpec = {
  name: 'http1',
  transports: ['tcp'],
  ports: [80, 8080, 8000, 3000],
  limitBytes: HEAD_LIMIT_BYTES,
  looksLike(bytes, direction) {
    const start = bytes.toString('latin1', 0, Math.min(bytes.length, 16));
    if (direction === 'response') {
      if (start.startsWith(ANSWER_START)) return 'yes';
      return ANSWER_START.startsWith(start) ? 'maybe' : 'no';
    }
    if (METHOD_START.test(start)) return 'yes';
    return STARTS.some((each) => each === start || each.startsWith(start)) ? 'maybe' : 'no';
  },
  createParser: (deps) => new Http1Parser(deps),
};

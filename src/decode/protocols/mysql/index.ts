import type { ProtocolSpec } from '../../stream/protocol-spec.ts';
import { PACKET_KEPT_BYTES } from './packet.ts';
import { MysqlParser } from './parser.ts';

const GREETING_LIMIT_BYTES = 512;

export const MYSQL: ProtocolSpec = {
  name: 'mysql',
  transports: ['tcp'],
  ports: [3306, 4000, 6033],
  limitBytes: PACKET_KEPT_BYTES + 4,
  looksLike(bytes, direction) {
    const fits = (at: number, isGood: (value: number) => boolean): boolean => {
      const value = bytes[at];
      return value === undefined || isGood(value);
    };
    const isGreeting = direction === 'response';
    // A greeting of protocol 10 with a version; in the middle a query, or one to prepare, with text in it.
    const isLike = isGreeting
      ? fits(2, (high) => high === 0) &&
        fits(1, (middle) => middle * 256 < GREETING_LIMIT_BYTES) &&
        fits(3, (sequence) => sequence === 0) &&
        fits(4, (version) => version === 10) &&
        fits(5, (digit) => digit >= 0x30 && digit <= 0x39)
      : fits(2, (high) => high < 0x10) &&
        fits(3, (sequence) => sequence === 0) &&
        fits(4, (command) => command === 3 || command === 0x16) &&
        fits(
          5,
          (letter) => (letter >= 0x41 && letter <= 0x7a) || letter === 0x28 || letter === 0x2f || letter === 0x20,
        ) &&
        fits(6, (letter) => letter >= 0x20 && letter < 0x7f);
    if (!isLike) return 'no';
    return bytes.length > 6 ? 'yes' : 'maybe';
  },
  createParser: (deps) => new MysqlParser(deps),
};

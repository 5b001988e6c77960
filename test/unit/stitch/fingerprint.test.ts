import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFingerprintIds } from '../../../src/stitch/fingerprint.ts';

const KEY = new Uint8Array(32).fill(7);
const FINGERPRINT = { clientIsn: 0xdeadbeef, serverIsn: 1 };

describe('computed ids', () => {
  it('are BLAKE2b over a block of key and the numbers', () => {
    const input = Buffer.concat([
      KEY,
      Buffer.alloc(96),
      Buffer.from('01000000efbeadde010000000000000000000000', 'hex'),
    ]);
    const expected = createHash('blake2b512').update(input).digest('hex').slice(0, 32);
    assert.equal(createFingerprintIds(KEY).connectionId(FINGERPRINT), expected);
  });

  it('are the same at both ends and differ with key, request, stream, role and pair', () => {
    const isn = fc.nat({ max: 0xffffffff });
    fc.assert(
      fc.property(isn, isn, isn, isn, (clientIsn, serverIsn, offset, streamId) => {
        const [here, there] = [createFingerprintIds(KEY), createFingerprintIds(Uint8Array.from(KEY))];
        const pair = { clientIsn, serverIsn };
        const trace = here.traceId(pair, offset, streamId);
        assert.equal(trace, there.traceId({ ...pair }, offset, streamId));
        assert.match(trace, /^[0-9a-f]{32}$/);
        assert.match(here.spanId(pair, 'client', offset, streamId), /^[0-9a-f]{16}$/);
        const others = [
          createFingerprintIds(new Uint8Array(32)).traceId(pair, offset, streamId),
          here.traceId(pair, (offset + 1) >>> 0, streamId),
          here.traceId(pair, offset, (streamId + 1) >>> 0),
          here.traceId({ clientIsn: (clientIsn + 1) >>> 0, serverIsn }, offset, streamId),
          here.connectionId(pair),
        ];
        assert(!others.includes(trace));
        assert.notEqual(here.spanId(pair, 'client', offset, streamId), here.spanId(pair, 'server', offset, streamId));
      }),
    );
  });
});

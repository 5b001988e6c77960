import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalIp, formatIp, parseIp } from '../../../src/model/ip.ts';

describe('addresses', () => {
  it('have one text each', () => {
    for (const [text, canonical] of [
      ['::ffff:10.0.0.1', '10.0.0.1'],
      ['::FFFF:a00:1', '10.0.0.1'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['fe80::1%eth0', 'fe80::1'],
      ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
      ['::', '::'],
      ['no address', 'no address'],
    ] as const)
      assert.equal(canonicalIp(text), canonical);
  });

  it('survive the way to text and back, as text that Node too takes for an address', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    const sparse = bytes.chain((all) =>
      fc.subarray([...all.keys()]).map((zeros) => all.map((byte, i) => (zeros.includes(i) ? 0 : byte))),
    );
    fc.assert(
      fc.property(sparse, (address) => {
        const text = formatIp(address, 0, address.length);
        assert(isIP(text) > 0, text);
        const isMapped = address.length === 16 && text.includes('.');
        assert.deepEqual(parseIp(text), isMapped ? address.slice(12) : address);
        assert.equal(canonicalIp(text), text);
      }),
    );
  });

  it('are only what Node takes for one', () => {
    const near = fc.stringMatching(/^[0-9a-f.:]{0,24}$/);
    fc.assert(
      fc.property(near, (text) => assert.equal(parseIp(text) !== undefined, isIP(text) > 0, text)),
      { numRuns: 5_000 },
    );
  });
});

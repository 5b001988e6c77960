import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../../../../src/model/exchange.ts';
import { recordings } from './corpus.ts';
import { conversations, newConnection, type Piece } from './pieces.ts';

/** Long ones would only repeat the same. */
const LONGEST_BYTES = 30_000;

const sizeOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);

const all = recordings().flatMap(({ protocol, path }) =>
  conversations(path)
    .filter((pieces) => sizeOf(pieces) < LONGEST_BYTES)
    .map((pieces) => ({ protocol, pieces })),
);

function decode(pieces: readonly Piece[], sizes: (bytes: Buffer) => number): Exchange[] {
  const { decoder, exchanges, missed } = newConnection();
  pieces.forEach(({ side, bytes }, turn) => {
    for (let at = 0; at < bytes.length; ) {
      const sizeBytes = sizes(bytes.subarray(at));
      // One buffer that is used again, as readers do.
      const chunk = Buffer.from(bytes.subarray(at, at + sizeBytes));
      decoder.push(side, chunk, turn * 1000);
      chunk.fill(0xff);
      at += sizeBytes;
    }
  });
  decoder.close('connection ended', pieces.length * 1000);
  assert.deepEqual(missed, []);
  return exchanges;
}

test('the corpus has conversations of every TCP protocol', () => {
  assert.ok(new Set(all.map(({ protocol }) => protocol)).size >= 4);
});

test('byte by byte gives what whole turns give', () => {
  for (const { pieces } of all) {
    const whole = decode(pieces, (rest) => rest.length);
    assert.ok(whole.length > 0);
    assert.deepEqual(
      decode(pieces, () => 1),
      whole,
    );
  }
});

test('any split gives what whole turns give', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 40 }),
      (pick, sizes) => {
        const pieces = all[pick % all.length]?.pieces ?? [];
        let step = 0;
        const split = decode(pieces, () => sizes[step++ % sizes.length] ?? 1);
        assert.deepEqual(
          split,
          decode(pieces, (rest) => rest.length),
        );
      },
    ),
    { numRuns: 150 },
  );
});

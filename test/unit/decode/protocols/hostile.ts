import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recordings } from './corpus.ts';
import { conversations, newConnection } from './pieces.ts';

const all = recordings()
  .flatMap(({ path }) => conversations(path))
  .filter((pieces) => pieces.length > 0);

/** Real conversations with bytes changed, dropped, repeated or lost: nothing may throw, hang or invent. */
export function mutateCorpus(runs: number): void {
  const change = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('flip', 'cut', 'repeat', 'gap', 'noise'),
    value: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      (pick, changes, hasBeginning) => {
        const pieces = all[pick % all.length] ?? [];
        const { decoder, exchanges } = newConnection(hasBeginning);
        let pushedBytes = 0;
        pieces.forEach(({ side, bytes }, turn) => {
          let piece = Buffer.from(bytes);
          for (const { at, kind, value } of changes) {
            if (at % pieces.length !== turn || piece.length === 0) continue;
            const index = at % piece.length;
            if (kind === 'flip') piece[index] = (piece[index] ?? 0) ^ value;
            else if (kind === 'cut') piece = piece.subarray(0, index);
            else if (kind === 'repeat') piece = Buffer.concat([piece, piece.subarray(index)]);
            else if (kind === 'noise') piece = Buffer.concat([piece, Buffer.alloc(value * 50, value)]);
            else decoder.gap(side, value, turn);
          }
          pushedBytes += piece.length;
          decoder.push(side, piece, turn);
        });
        decoder.close('connection ended', pieces.length);
        // A request takes bytes: there can't be more of them than that.
        assert.ok(exchanges.length <= pushedBytes);
        for (const exchange of exchanges) assert.ok(exchange.endNs >= exchange.startNs);
      },
    ),
    { numRuns: runs },
  );
}

/** Bytes of no protocol, after a beginning that claims one. */
export function randomBytes(runs: number): void {
  const beginnings = all.map((pieces) => pieces[0]).filter((piece) => piece !== undefined);
  const chunk = fc.record({ isA: fc.boolean(), bytes: fc.uint8Array({ minLength: 1, maxLength: 2000 }) });
  fc.assert(
    fc.property(fc.nat(), fc.array(chunk, { maxLength: 30 }), (pick, chunks) => {
      const { decoder } = newConnection();
      const first = beginnings[pick % beginnings.length];
      if (first && pick % 4 > 0) decoder.push(first.side, Buffer.from(first.bytes), 0);
      for (const [index, { isA, bytes }] of chunks.entries()) decoder.push(isA ? 'a' : 'b', Buffer.from(bytes), index);
      decoder.close('connection ended', chunks.length);
    }),
    { numRuns: runs },
  );
}

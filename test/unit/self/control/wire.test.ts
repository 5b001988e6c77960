import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLineReader } from '../../../../src/self/control/line-reader.ts';
import { frameJson, parseLiveLine } from '../../../../src/self/control/wire.ts';
import { frameOf } from '../../cli/frames.ts';

test('labels and resource attributes do not leave the agent', () => {
  const frame = frameOf(1);
  const identity = frame.containers[0]?.container.identity;
  const text = frameJson({
    ...frame,
    containers: frame.containers.map((entry) => ({
      ...entry,
      container: { ...entry.container, identity: identity && { ...identity, labels: { token: 'hunter2' } } },
    })),
  });
  assert.equal(text.includes('hunter2'), false);
});

test('what is no line of ours is refused, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `{"frame":${json},"status":{}}`),
      ),
      (line) => {
        assert.equal(parseLiveLine(line), undefined);
      },
    ),
  );
});

test('lines are cut alike however the stream is cut, and long ones dropped whole', () => {
  const line = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => text.replaceAll('\n', '') || 'x');
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 })), (lines, cuts) => {
      const seen: string[] = [];
      let tooLong = 0;
      const reader = createLineReader(
        24,
        (text) => seen.push(text),
        () => tooLong++,
      );
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      let from = 0;
      for (const cut of cuts) {
        reader.push(bytes.subarray(from, from + cut));
        from = Math.min(bytes.length, from + cut);
      }
      reader.push(bytes.subarray(from));
      const fitting = lines.filter((text) => Buffer.byteLength(text) <= 24);
      assert.deepEqual(seen, fitting);
      assert.equal(tooLong, lines.length - fitting.length);
    }),
  );
});

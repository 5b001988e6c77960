import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDnsAnswer, parseTcpAnswer } from '../../../src/decode/dns/parse-answer.ts';

const label = (text: string): number[] => [text.length, ...Buffer.from(text, 'latin1')];
const header = (flags: number, questions: number, answers: number): number[] => [
  0,
  1,
  flags >> 8,
  flags & 0xff,
  0,
  questions,
  0,
  answers,
  0,
  0,
  0,
  0,
];
const QUESTION = [...label('Web'), ...label('example'), 0, 0, 1, 0, 1];
const A = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3];

test('question, code and addresses; aliases on the way are passed over', () => {
  const alias = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, ...label('x'), 0xc0, 12];
  const bytes = Uint8Array.from([...header(0x8180, 1, 2), ...QUESTION, ...alias, ...A]);
  assert.deepEqual(parseDnsAnswer(bytes), { name: 'web.example', type: 'A', code: 'NOERROR', addresses: ['10.1.2.3'] });
  assert.deepEqual(parseDnsAnswer(bytes.subarray(0, bytes.length - 1))?.addresses, [], 'cut in the address');
});

test('over TCP with its length before it, or without', () => {
  const message = [...header(0x8183, 1, 0), ...QUESTION];
  const whole = Uint8Array.from([0, message.length, ...message]);
  assert.equal(parseTcpAnswer(whole, whole.length)?.code, 'NXDOMAIN');
  assert.equal(parseTcpAnswer(whole.subarray(2), message.length)?.code, 'NXDOMAIN');
  assert.equal(parseTcpAnswer(whole.subarray(0, 2), 2), undefined);
});

test('no answer: a query, two questions, a cut question, a pointer to itself, a name that is too long', () => {
  const ends = [0, 0, 1, 0, 1];
  for (const [what, bytes] of [
    ['query', [...header(0x0100, 1, 0), ...QUESTION]],
    ['two questions', [...header(0x8180, 2, 0), ...QUESTION, ...QUESTION]],
    ['cut', [...header(0x8180, 1, 0), ...QUESTION.slice(0, 6)]],
    ['loop', [...header(0x8180, 1, 0), 0xc0, 12, ...ends]],
    ['long', [...header(0x8180, 1, 0), ...Array.from({ length: 5 }, () => label('a'.repeat(63))).flat(), ...ends]],
    ['reserved label', [...header(0x8180, 1, 0), 0x80, 1, ...ends]],
  ] as const)
    assert.equal(parseDnsAnswer(Uint8Array.from(bytes)), undefined, what);
});

test('bytes that are no text are written as numbers', () => {
  const bytes = Uint8Array.from([...header(0x8180, 1, 0), ...label('a.b\x1b\xff'), 0, 0, 65, 0, 1]);
  assert.deepEqual(parseDnsAnswer(bytes), { name: 'a\\046b\\027\\255', type: 'HTTPS', code: 'NOERROR', addresses: [] });
});

test('any bytes are read to an end, inside their bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), fc.boolean(), (bytes, isForced) => {
      if (isForced && bytes.length >= 12) bytes.set(header(0x8180, 1, 200));
      const answer = parseDnsAnswer(bytes);
      assert.ok(answer === undefined || (answer.addresses.length <= 16 && answer.name.length <= 4 * 255));
    }),
    { numRuns: 2000 },
  );
});

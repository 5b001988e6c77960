import { test } from 'node:test';
import { mutateCorpus, randomBytes } from '../unit/decode/protocols/hostile.ts';

const RUNS = 300_000;

test('parsers survive mutated recordings', () => mutateCorpus(RUNS));

test('parsers survive random bytes', () => randomBytes(RUNS));

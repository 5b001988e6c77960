import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createCompleteness } from '../../../src/self/completeness.ts';
import { createLedger } from '../../../src/self/ledger.ts';

it('completeness is the share kept since the last look, over all stages', () => {
  const ledger = createLedger();
  const completeness = createCompleteness(ledger);
  assert.equal(completeness(), 1, 'nothing seen, nothing lost');
  ledger.count('decode', 'kept', '', 80);
  ledger.count('decode', 'dropped', 'short-record', 20);
  ledger.count('aggregate', 'kept', '', 40);
  ledger.count('aggregate', 'shed', 'series-bound', 40);
  assert.equal(completeness(), 0.4);
  assert.equal(completeness(), 1);
  ledger.count('decode', 'kept', '', 90);
  ledger.count('probe', 'dropped', 'ring-full', 10);
  assert.equal(completeness(), 0.9, 'a stage that books losses only is measured against the others');
  ledger.count('export', 'kept', '', 1000);
  ledger.count('probe', 'dropped', 'ring-full', 10);
  assert.equal(completeness(), 0, 'exported points are no records');
});

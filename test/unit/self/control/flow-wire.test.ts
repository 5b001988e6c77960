import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFlowView } from '../../../../src/self/control/flow-wire.ts';
import { flowViewOf } from '../../cli/flow-views.ts';

const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a view comes back as it was', () => {
  const view = flowViewOf(20);
  assert.deepEqual(wire(parseFlowView(wire(view))), wire(view));
});

test('what is no view of ours is refused, whichever field is wrong', () => {
  const view = wire(flowViewOf(1)) as Record<string, unknown> & { rows: Record<string, unknown>[] };
  const [row] = view.rows;
  for (const name of Object.keys(view)) assert.equal(parseFlowView({ ...view, [name]: null }), undefined, name);
  for (const name of Object.keys(row ?? {})) {
    // Of text that is only shown, any is good.
    if (name === 'networkType') continue;
    assert.equal(parseFlowView({ ...view, rows: [{ ...row, [name]: [1] }] }), undefined, name);
  }
  for (const name of Object.keys(row?.['peer'] ?? {})) {
    const peer = { ...(row?.['peer'] as object), [name]: {} };
    assert.equal(parseFlowView({ ...view, rows: [{ ...row, peer }] }), undefined, `peer.${name}`);
  }
});

test('anything at all is refused without a crash', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => parseFlowView(value) === undefined));
});

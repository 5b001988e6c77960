import { EV_FLOW_CLOSED, FLOW_FLAGS } from '../../../generated/layout.ts';
import type { FlowClosed } from '../../../model/flow-facts.ts';
import { type Cursor, u32 } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';
import { hasFlag, readCounts, readEnds } from '../flow-fields.ts';

export const decodeFlowClosed = (cursor: Cursor): FlowClosed => ({
  kind: 'flow-closed',
  bootNs: bootNsOf(cursor),
  ends: readEnds(cursor, EV_FLOW_CLOSED.ends),
  counts: readCounts(cursor, EV_FLOW_CLOSED.counts),
  errno: u32(cursor, EV_FLOW_CLOSED.error),
  isAborted: hasFlag(cursor, EV_FLOW_CLOSED.ends, FLOW_FLAGS.aborted),
});

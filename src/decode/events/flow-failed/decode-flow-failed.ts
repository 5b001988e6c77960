import { EV_FLOW_FAILED } from '../../../generated/layout.ts';
import type { FlowFailed } from '../../../model/flow-facts.ts';
import { type Cursor, u32 } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';
import { readEnds } from '../flow-fields.ts';

export const decodeFlowFailed = (cursor: Cursor): FlowFailed => ({
  kind: 'flow-failed',
  bootNs: bootNsOf(cursor),
  ends: readEnds(cursor, EV_FLOW_FAILED.ends),
  errno: u32(cursor, EV_FLOW_FAILED.error),
});

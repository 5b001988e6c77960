import { EV_FLOW_ALIVE } from '../../../generated/layout.ts';
import type { FlowAlive } from '../../../model/flow-facts.ts';
import { type Cursor, u64 } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';

export const decodeFlowAlive = (cursor: Cursor): FlowAlive => ({
  kind: 'flow-alive',
  bootNs: bootNsOf(cursor),
  id: u64(cursor, EV_FLOW_ALIVE.id),
});

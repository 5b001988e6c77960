import { EV_FLOW_COUNTED } from '../../../generated/layout.ts';
import type { FlowCounted } from '../../../model/flow-facts.ts';
import { type Cursor, u64 } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';
import { nameAt, pidAt, readCounts } from '../flow-fields.ts';

export const decodeFlowCounted = (cursor: Cursor): FlowCounted => ({
  kind: 'flow-counted',
  bootNs: bootNsOf(cursor),
  id: u64(cursor, EV_FLOW_COUNTED.id),
  pid: pidAt(cursor, EV_FLOW_COUNTED.pid),
  processName: nameAt(cursor, EV_FLOW_COUNTED.name, EV_FLOW_COUNTED.nameCapacityBytes),
  counts: readCounts(cursor, EV_FLOW_COUNTED.counts),
});

import { EV_FLOW_OPENED } from '../../../generated/layout.ts';
import type { FlowOpened } from '../../../model/flow-facts.ts';
import type { Cursor } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';
import { readCounts, readEnds } from '../flow-fields.ts';

export const decodeFlowOpened = (cursor: Cursor): FlowOpened => ({
  kind: 'flow-opened',
  bootNs: bootNsOf(cursor),
  ends: readEnds(cursor, EV_FLOW_OPENED.ends),
  counts: readCounts(cursor, EV_FLOW_OPENED.counts),
});

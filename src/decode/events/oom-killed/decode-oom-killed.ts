import { EV_OOM_KILLED } from '../../../generated/layout.ts';
import type { OomKilled } from '../../../model/facts.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, textToNul, u32 } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

export const decodeOomKilled = (cursor: Cursor): OomKilled => ({
  kind: 'oom-killed',
  slot: slotOfRecord(cursor),
  bootNs: bootNsOf(cursor),
  pid: pidOf(u32(cursor, EV_OOM_KILLED.pid)),
  name: textToNul(cursor, EV_OOM_KILLED.name, EV_OOM_KILLED.nameCapacityBytes),
});

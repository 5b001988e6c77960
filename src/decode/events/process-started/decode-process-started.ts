import { EV_PROCESS_STARTED } from '../../../generated/layout.ts';
import type { ProcessStarted } from '../../../model/facts.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, textToNul, u32 } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

export const decodeProcessStarted = (cursor: Cursor): ProcessStarted => ({
  kind: 'process-started',
  slot: slotOfRecord(cursor),
  bootNs: bootNsOf(cursor),
  pid: pidOf(u32(cursor, EV_PROCESS_STARTED.pid)),
  parentPid: pidOf(u32(cursor, EV_PROCESS_STARTED.parentPid)),
  name: textToNul(cursor, EV_PROCESS_STARTED.name, EV_PROCESS_STARTED.nameCapacityBytes),
});

import type { SlotClosed } from '../../../model/facts.ts';
import type { Cursor } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

export const decodeSlotClosed = (cursor: Cursor): SlotClosed => ({
  kind: 'slot-closed',
  slot: slotOfRecord(cursor),
  bootNs: bootNsOf(cursor),
});

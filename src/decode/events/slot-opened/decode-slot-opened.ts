import { EV_SLOT_OPENED } from '../../../generated/layout.ts';
import type { SlotOpened } from '../../../model/facts.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, text, u32, u64Text } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

/** `leaf\0parent\0` → `/parent/leaf`; nothing when the path was cut or not carried. */
function readPath(cursor: Cursor): string | undefined {
  const lengthBytes = Math.min(u32(cursor, EV_SLOT_OPENED.pathBytes), EV_SLOT_OPENED.pathCapacityBytes);
  if (lengthBytes === 0) return undefined;
  const names = text(cursor, EV_SLOT_OPENED.path, lengthBytes).split('\0');
  names.pop();
  return `/${names.reverse().join('/')}`;
}

export const decodeSlotOpened = (cursor: Cursor): SlotOpened => ({
  kind: 'slot-opened',
  slot: slotOfRecord(cursor),
  bootNs: bootNsOf(cursor),
  hierarchyId: u32(cursor, EV_SLOT_OPENED.hierarchyId),
  cgroupId: u64Text(cursor, EV_SLOT_OPENED.cgroupId),
  pid: pidOf(u32(cursor, EV_SLOT_OPENED.pid)),
  netnsInode: u32(cursor, EV_SLOT_OPENED.netnsInode),
  path: readPath(cursor),
});

import { EV_HEADER } from '../generated/layout.ts';
import { type Slot, slotOf } from '../model/ids.ts';
import { type Cursor, u16, u64 } from './cursor.ts';

export const slotOfRecord = (cursor: Cursor): Slot => slotOf(u16(cursor, EV_HEADER.slot));
export const bootNsOf = (cursor: Cursor): number => u64(cursor, EV_HEADER.bootNs);

import { TWO_POW_32 } from '../units.ts';

/** A place in a batch of records. Moved over it, never allocated per record; no bigint on this path. */
export interface Cursor {
  view: DataView;
  bytes: Uint8Array;
  /** Start of the current record. */
  at: number;
}

const decoder = new TextDecoder();

export const u16 = (cursor: Cursor, offset: number): number => cursor.view.getUint16(cursor.at + offset, true);
export const u32 = (cursor: Cursor, offset: number): number => cursor.view.getUint32(cursor.at + offset, true);

/** A 64-bit value as a double: exact below 2^53, which is 104 days of nanoseconds. */
export const u64 = (cursor: Cursor, offset: number): number =>
  u32(cursor, offset + 4) * TWO_POW_32 + u32(cursor, offset);

/** A 64-bit id as decimal text; ids above 2^53 keep every digit. */
export function u64Text(cursor: Cursor, offset: number): string {
  const high = u32(cursor, offset + 4);
  if (high < 0x20_0000) return String(high * TWO_POW_32 + u32(cursor, offset));
  return cursor.view.getBigUint64(cursor.at + offset, true).toString();
}

/** Text of a known length. Bytes that are no UTF-8 become U+FFFD. */
export function text(cursor: Cursor, offset: number, lengthBytes: number): string {
  const start = cursor.at + offset;
  return decoder.decode(cursor.bytes.subarray(start, start + lengthBytes));
}

/** Text up to its NUL, within `capacityBytes`. */
export function textToNul(cursor: Cursor, offset: number, capacityBytes: number): string {
  const start = cursor.at + offset;
  const end = cursor.bytes.indexOf(0, start);
  const isInside = end >= 0 && end < start + capacityBytes;
  return decoder.decode(cursor.bytes.subarray(start, isInside ? end : start + capacityBytes));
}

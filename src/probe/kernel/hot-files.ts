import { HOT } from '../../generated/layout.ts';
import { slotOf } from '../../model/ids.ts';
import type { HotFile } from '../../model/snapshot.ts';
import { TWO_POW_32 } from '../../units.ts';

const decoder = new TextDecoder();

/** `leaf\0parent\0…` as the kernel wrote it → `/…/parent/leaf`. */
function joinNames(bytes: Uint8Array): string {
  const names = decoder.decode(bytes).split('\0');
  names.pop();
  return `/${names.reverse().join('/')}`;
}

/** Entries as `struct sd_hot` stand one after the other. */
export function decodeHotFiles(bytes: Uint8Array): HotFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u64 = (at: number): number => view.getUint32(at + 4, true) * TWO_POW_32 + view.getUint32(at, true);
  const files: HotFile[] = [];
  for (let at = 0; at + HOT.sizeBytes <= bytes.byteLength; at += HOT.sizeBytes) {
    const pathBytes = Math.min(view.getUint16(at + HOT.pathBytes, true), HOT.pathCapacityBytes);
    files.push({
      slot: slotOf(view.getUint16(at + HOT.slot, true)),
      path: joinNames(bytes.subarray(at + HOT.path, at + HOT.path + pathBytes)),
      readBytes: u64(at + HOT.bytes),
      writtenBytes: u64(at + HOT.bytes + 8),
    });
  }
  return files;
}

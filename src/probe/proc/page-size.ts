import { readFileSync } from 'node:fs';

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;
const COMMON_BYTES = 4096;

/** 4 KiB on x86-64; arm64 kernels may have 16 or 64 KiB. From the auxiliary vector the kernel gave this process. */
export function pageSizeBytes(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + ENTRY_BYTES <= vector.length; at += ENTRY_BYTES) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return COMMON_BYTES;
}

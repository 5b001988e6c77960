/** Receivers refuse what is over 4 MiB as a whole; a little is left for what wraps a request. */
export const REQUEST_LIMIT_BYTES = 4 * 1024 * 1024 - 4096;
const SMALLEST_LIMIT_BYTES = 64 * 1024;

export function smallerLimit(limitBytes: number, refusedBytes: number): number {
  return Math.max(SMALLEST_LIMIT_BYTES, Math.min(limitBytes, Math.floor(refusedBytes / 2)));
}

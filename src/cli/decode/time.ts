/** `2026-11-24T03:30:00.123456Z`: seconds and nanoseconds apart, as a double holds not both. */
export function isoTime(baseS: number, offsetNs: number): string {
  const seconds = baseS + Math.floor(offsetNs / 1e9);
  const restUs = Math.floor((offsetNs - Math.floor(offsetNs / 1e9) * 1e9) / 1000);
  const date = new Date(seconds * 1000);
  const day = Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00' : date.toISOString().slice(0, 19);
  return `${day}.${String(restUs).padStart(6, '0')}Z`;
}

/** `12 µs`, `3.42 ms`, `1.20 s`: at most eight characters. */
export function durationText(durationNs: number): string {
  if (durationNs < 999_500) return `${Math.round(durationNs / 1000)} µs`;
  if (durationNs < 999_500_000) return `${(durationNs / 1e6).toPrecision(3)} ms`;
  const seconds = durationNs / 1e9;
  return seconds < 1000 ? `${seconds.toPrecision(3)} s` : `${Math.min(99_999, Math.round(seconds))} s`;
}

/** Numbers for narrow columns: never wider than the widths the columns are made for. */
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P'];
const BYTE_UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** `0`, `17`, `1.2k`, `12.3k`, `123k`: at most five characters. */
export function formatCount(value: number): string {
  return scaled(value, 1000, COUNT_UNITS);
}

/** `0`, `812`, `1.2K`, `12.3M`: powers of 1024. */
export function formatBytes(value: number): string {
  return scaled(value, 1024, BYTE_UNITS);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  if (!(value > 0)) return '0';
  if (value < 0.5) return '<1';
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  if (rest >= 999.5) return '>999P';
  const digits = unit > 0 && rest < 99.95 ? 1 : 0;
  return `${rest.toFixed(digits)}${units[unit]}`;
}

/** A share as percent with one decimal, so that points align: `0.0`, `37.1`, `1280`. */
export function formatPercent(ratio: number): string {
  if (!(ratio > 0)) return '0.0';
  const percent = ratio * 100;
  if (percent >= 99_999) return '>999%';
  return percent < 999.95 ? percent.toFixed(1) : percent.toFixed(0);
}

/** `87µs`, `1.2ms`, `34ms`, `1.2s`, `340s`: at most five characters and the unit's own. */
export function formatDuration(durationUs: number, isUnicode: boolean): string {
  if (!(durationUs > 0)) return '0';
  if (durationUs < 999.5) return `${Math.max(1, Math.round(durationUs))}${isUnicode ? 'µs' : 'us'}`;
  const durationMs = durationUs / 1000;
  if (durationMs < 999.5) return `${durationMs.toFixed(durationMs < 9.95 ? 1 : 0)}ms`;
  const durationS = durationMs / 1000;
  if (durationS < 9999.5) return `${durationS.toFixed(durationS < 9.95 ? 1 : 0)}s`;
  return '>9999s';
}

/** `12s`, `4m`, `3h`, `2d`. */
export function formatAge(ageMs: number): string {
  const ageS = Math.max(0, Math.floor(ageMs / 1000));
  if (ageS < 60) return `${ageS}s`;
  if (ageS < 3600) return `${Math.floor(ageS / 60)}m`;
  if (ageS < 86_400) return `${Math.floor(ageS / 3600)}h`;
  return `${Math.min(9999, Math.floor(ageS / 86_400))}d`;
}

/** `3d 4h`, `4h 12m`, `12m`. */
export function formatUptime(uptimeS: number): string {
  const days = Math.floor(uptimeS / 86_400);
  const hours = Math.floor((uptimeS % 86_400) / 3600);
  const minutes = Math.floor((uptimeS % 3600) / 60);
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m`;
}

/** Local time of day. */
export function formatTime(timeMs: number): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return '--:--:--';
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

const BARS = ' ▁▂▃▄▅▆▇█';
const ASCII_BARS = ' .:-=+*#@';

/** Latest values at the right; the scale is the largest value, at least `fullScale`. */
export function sparkline(values: readonly number[], width: number, fullScale: number, isUnicode: boolean): string {
  const bars = isUnicode ? BARS : ASCII_BARS;
  const shown = values.slice(-width);
  const top = Math.max(fullScale, ...shown.filter((value) => value > 0));
  const marks = shown.map((value) => {
    if (!(value > 0)) return bars[0];
    const share = Number.isFinite(top) ? value / top : 1;
    return bars[Math.min(8, Math.max(1, Math.round(share * 8)))];
  });
  return marks.join('').padStart(width);
}

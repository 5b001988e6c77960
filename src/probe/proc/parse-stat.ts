import { cleanText } from '../../model/clean-text.ts';

/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on; the kernel fixes it for user space. */
export const TICKS_PER_S = 100;

export interface ProcStat {
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly threads: number;
  /** Since boot. */
  readonly startTicks: number;
  readonly virtualBytes: number;
  readonly rssPages: number;
}

/** `/proc/PID/stat`; undefined for anything that is not such a line. */
export function parseProcStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  // The name may hold blanks and brackets itself, so it ends at the last one.
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(' ');
  // proc(5) counts from 1 and `state` is field 3.
  const at = (field: number): number => Number(fields[field - 3]);
  const stat = {
    name: cleanText(text.slice(open + 1, close), 64),
    state: fields[0] ?? '',
    parentPid: at(4),
    userTicks: at(14),
    systemTicks: at(15),
    threads: at(20),
    startTicks: at(22),
    virtualBytes: at(23),
    rssPages: at(24),
  };
  const isWhole = [stat.parentPid, stat.userTicks, stat.systemTicks, stat.startTicks, stat.rssPages].every(
    Number.isSafeInteger,
  );
  return isWhole && Number.isFinite(stat.threads) && Number.isFinite(stat.virtualBytes) ? stat : undefined;
}

/** Plain log lines on standard error: `2026-11-24T01:02:03Z level stage message`. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  error(stage: string, message: string): void;
  warn(stage: string, message: string): void;
  info(stage: string, message: string): void;
  debug(stage: string, message: string): void;
}

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

export function createLog(level: LogLevel, write: (line: string) => void): Log {
  const limit = ORDER.indexOf(level);
  const at = (l: LogLevel) => (stage: string, message: string) => {
    if (ORDER.indexOf(l) <= limit) write(`${new Date().toISOString()} ${l} ${stage} ${message}\n`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

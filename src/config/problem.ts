import { SondeError } from '../errors/sonde-error.ts';
import type { ErrorCode } from '../errors/table.ts';

/** One thing wrong in the settings. `detail` never holds a secret. */
export interface Problem {
  readonly code: Extract<ErrorCode, `SND_CFG_${string}`>;
  /** Where it was given: a flag, a variable, or a path in the file. */
  readonly path: string;
  readonly detail: string;
}

/** Everything that is wrong with the settings, at once. */
export class ConfigError extends SondeError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems;
    const rest = others.map((p) => `\n  ${p.code} ${p.path} ${p.detail}`).join('');
    super(first.code, `${first.path} ${first.detail}${rest}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const SHOWN_LENGTH = 80;

/** A value as an error may show it: without what stands before an `@` (credentials in a URL), quoted, short. */
export function showValue(value: string): string {
  const bare = value.replace(/(\/\/|^).*@/s, '$1…@');
  return JSON.stringify(bare.length > SHOWN_LENGTH ? `${bare.slice(0, SHOWN_LENGTH)}…` : bare);
}

/** The known name nearest to a wrong one, when near enough to be meant. */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wrong.length / 4)) + 1;
  for (const name of known) {
    const distance = editDistance(wrong.slice(0, 100), name, bestDistance);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

export function unknownName(path: string, wrong: string, known: readonly string[]): Problem {
  const near = nearestName(wrong, known);
  return {
    code: 'SND_CFG_UNKNOWN',
    path: showPath(path),
    detail: near === undefined ? 'is not known' : `is not known; did you mean ${near}?`,
  };
}

/** A name out of the input, shortened and without control characters. */
export function showPath(path: string): string {
  if (path === '') return '""';
  const short = path.length > SHOWN_LENGTH ? `${path.slice(0, SHOWN_LENGTH)}…` : path;
  return short.replaceAll(/[^\x20-\x7e…]/g, '?');
}

/** Levenshtein; rows only, and given up once `limit` cannot be undercut. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}

import { ERROR_TABLE, type ErrorCode } from './table.ts';

/**
 * Every error an operator can see. `message` = what was wrong with the value in it; `remedy` = what to do.
 * Codes are `SND_<AREA>_<WHAT>`; the table is `table.ts`, its page docs/errors.md is generated.
 */
export class SondeError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown; remedy?: string }) {
    super(`${ERROR_TABLE[code].what}: ${detail}`, options?.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SondeError';
    this.code = code;
    this.remedy = options?.remedy ?? ERROR_TABLE[code].remedy;
  }
}

/** One line for logs and terminals: code, what, remedy. */
export function describeError(error: unknown): string {
  if (error instanceof SondeError) {
    const end = /[.?!]$/.test(error.message) ? '' : '.';
    return `${error.code} ${error.message}${end} ${error.remedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}

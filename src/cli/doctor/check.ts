import type { ErrorCode } from '../../errors/table.ts';
import { ERROR_TABLE } from '../../errors/table.ts';

export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One finding. Identifiers are stable: machines read them. */
export interface Check {
  readonly id: string;
  readonly status: CheckStatus;
  readonly title: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly code?: ErrorCode;
  /** No setting mends it: this host can't be supported. Exit code 3. */
  readonly isHostUnsupported?: true;
}

export function ok(id: string, title: string, detail: string): Check {
  return { id, status: 'ok', title, detail };
}

/** A finding with a code has the remedy of the error table, unless the case knows a better one. */
export function finding(
  status: 'warn' | 'fail',
  code: ErrorCode,
  id: string,
  title: string,
  detail: string,
  remedy: string = ERROR_TABLE[code].remedy,
): Check {
  return { id, status, title, detail, remedy, code };
}

export function unsupported(code: ErrorCode, id: string, title: string, detail: string): Check {
  return { ...finding('fail', code, id, title, detail), isHostUnsupported: true };
}

import type { ErrorCode } from '../errors/table.ts';
import type { SendOutcome } from './exporter.ts';

/** Reasons come from the other side: kept short, on one line, without control characters. */
const MAX_DETAIL_CHARS = 300;
const TLS_SIGNS =
  /certificate|CERT_|SELF_SIGNED|UNABLE_TO_|altnames|ERR_TLS|ERR_SSL|SSL routines|wrong version number|tlsv1|EPROTO/i;
const TOO_LARGE_SIGNS = /larger than max|too large|exceeds? .*(size|limit)|max.*(message|body|request) size/i;

export function retry(code: ErrorCode, detail: string, isDoubtful = false): SendOutcome {
  return { kind: 'retry', code, detail: tidy(detail), isDoubtful };
}

export function refused(code: 'SND_EXP_REFUSED' | 'SND_EXP_TOO_LARGE', detail: string): SendOutcome {
  return { kind: 'refused', code, detail: tidy(detail) };
}

export const isAboutTls = (text: string): boolean => TLS_SIGNS.test(text);
export const isAboutSize = (text: string): boolean => TOO_LARGE_SIGNS.test(text);

export function tidy(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > MAX_DETAIL_CHARS ? `${line.slice(0, MAX_DETAIL_CHARS)}…` : line;
}

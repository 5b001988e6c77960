/**
 * Controls, line and paragraph separators and bidirectional overrides: a name that carries them could
 * forge log lines or hide text in a terminal or a backend.
 */
const UNSAFE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A string from outside, fit for logs, terminals and OTLP: well-formed, without control characters, at
 * most `limit` UTF-16 units; what was cut off is shown by `…`.
 */
export function cleanText(text: string, limit: number): string {
  // Cut first: cleaning megabytes to keep a few hundred characters is work for nothing.
  const isCut = text.length > limit * 2;
  const clean = (isCut ? text.slice(0, limit * 2) : text).toWellFormed().replace(UNSAFE, '\ufffd');
  if (clean.length <= limit && !isCut) return clean;
  const kept = clean.slice(0, limit - 1);
  // A surrogate pair cut in two would make the string ill-formed again.
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}

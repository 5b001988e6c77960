/** `/users/7/orders/0af3…` → `/users/{id}/orders/{id}`. What may be data of one user becomes a place-holder. */
const SEGMENT_LIMIT = 8;
const SEGMENT_LIMIT_CHARS = 32;
const UUID = /^\{?[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}\}?$/i;
const HEX = /^(?=.*\d)[\da-f]{8,}$/i;
/** Letters, then perhaps a short version: `v2`, `utf8`, `jquery-3.6.min.js`. */
const WORD = /^[A-Za-z][A-Za-z._~-]*(?:\d{1,2}(?:\.\d{1,3}){0,2}(?:[._-][A-Za-z._-]*)?)?$/;
const WELL_KNOWN = /^[._][A-Za-z._-]+$/;

export function templatePath(target: string): string {
  if (target === '*') return target;
  let path = target;
  const scheme = /^[a-z][a-z+.-]*:\/\/[^/?#]*/i.exec(path)?.[0];
  if (scheme !== undefined) path = path.slice(scheme.length) || '/';
  const end = path.search(/[?#;]/);
  if (end >= 0) path = path.slice(0, end);
  if (!path.startsWith('/')) return '/{id}';
  const segments = path.slice(1).split('/', SEGMENT_LIMIT + 1);
  const kept = segments.slice(0, SEGMENT_LIMIT).map(templateSegment);
  return `/${kept.join('/')}${segments.length > SEGMENT_LIMIT ? '/…' : ''}`;
}

function templateSegment(segment: string): string {
  if (segment === '') return '';
  if (segment.length > SEGMENT_LIMIT_CHARS || UUID.test(segment) || HEX.test(segment)) return '{id}';
  return WORD.test(segment) || WELL_KNOWN.test(segment) ? segment : '{id}';
}

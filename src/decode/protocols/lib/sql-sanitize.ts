export type SqlDialect = 'postgresql' | 'mysql' | 'cql';

/** Longest text that leaves. */
const TEXT_LIMIT = 1024;

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?[\p{L}\d_]*)/uy;
const SPACE = /\s+/y;
const LINE_COMMENT = /(?:--|#)[^\n]*/y;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const PARAMETER = /\$\d+/y;
const UUID = /[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}/y;
const LIST = /\(\s*\?(?:\s*,\s*\?)+\s*\)/g;
const ROWS = /\(\?\)(?:\s*,\s*\(\?\))+/g;

/**
 * Every literal becomes `?`, comments go, lists of literals collapse. Where a quote can't be told from its
 * escape (a backslash before it means different things by a setting of the server) all that follows is
 * left out: a text too short is right, a literal that leaks is not.
 */
export function sanitizeSql(statement: string, dialect: SqlDialect): string {
  let out = '';
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(statement)?.[0];
  };
  /** Copies a token, or what stands for it. */
  const take = (token: string | undefined, shown: string | undefined = token): boolean => {
    if (token === undefined) return false;
    at += token.length;
    out += shown;
    return true;
  };
  while (at < statement.length && out.length < TEXT_LIMIT) {
    const char = statement[at] ?? '';
    const next = statement[at + 1];
    if (take(match(SPACE), ' ')) continue;
    if ((char === '-' && next === '-') || (char === '#' && dialect === 'mysql')) {
      at += match(LINE_COMMENT)?.length ?? 1;
    } else if (char === '/' && (next === '*' || (next === '/' && dialect === 'cql'))) {
      at = next === '*' ? commentEnd(statement, at, dialect) : lineEnd(statement, at);
      out += ' ';
    } else if (char === "'" || (char === '"' && dialect === 'mysql')) {
      const isEscaped = dialect === 'postgresql' && /(?:^|[^\w$])[eE]$/.test(out);
      const end = quoteEnd(statement, at, char, isEscaped);
      out = `${out.replace(/(^|[^\w$])(?:[eEbBxXnN]|[uU]&|_\w+\s*)$/, '$1')}?`;
      if (end === undefined) break;
      at = end;
    } else if (char === '"' || char === '`') {
      const end = quoteEnd(statement, at, char, false);
      if (end === undefined) {
        out += '?';
        break;
      }
      out += statement.slice(at, end);
      at = end;
    } else if (char === '$' && dialect !== 'mysql') {
      if (take(match(PARAMETER))) continue;
      const tag = match(DOLLAR_TAG);
      if (tag === undefined) take(char);
      else {
        const end = statement.indexOf(tag, at + tag.length);
        out += '?';
        if (end < 0) break;
        at = end + tag.length;
      }
    } else if (dialect === 'cql' && take(match(UUID), '?')) continue;
    else if (!take(match(WORD)) && !(/[\d.]/.test(char) && take(match(NUMBER), '?'))) take(char);
  }
  const text = out.replaceAll(/ {2,}/g, ' ').trim().replaceAll(LIST, '(?)').replaceAll(ROWS, '(?)');
  return text.slice(0, TEXT_LIMIT);
}

/** Past the closing quote; undefined when there is none, or none that is sure. */
function quoteEnd(statement: string, start: number, quote: string, isEscaped: boolean): number | undefined {
  for (let at = start + 1; at < statement.length; at++) {
    const char = statement[at];
    if (char === '\\' && quote !== '`' && (quote === "'" || isEscaped || statement[at + 1] === quote)) {
      if (isEscaped) at += 1;
      else if (statement[at + 1] === quote || statement[at + 1] === '\\') return undefined;
    } else if (char === quote) {
      if (statement[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return undefined;
}

function lineEnd(statement: string, start: number): number {
  const end = statement.indexOf('\n', start);
  return end < 0 ? statement.length : end;
}

/** PostgreSQL's comments nest. */
function commentEnd(statement: string, start: number, dialect: SqlDialect): number {
  let depth = 0;
  for (let at = start; at < statement.length; at++) {
    const pair = statement.slice(at, at + 2);
    if (pair === '/*' && (depth === 0 || dialect === 'postgresql')) {
      depth += 1;
      at += 1;
    } else if (pair === '*/') {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return statement.length;
}

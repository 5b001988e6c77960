/**
 * Kinds of value a setting can have. Each says what is allowed in words (for errors, help and docs), as JSON
 * schema (for the file), and parses what a flag, a variable or the file gave.
 */
export interface ValueType<T> {
  readonly allowed: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Undefined when the value is refused. */
  parse(raw: Raw): T | undefined;
}

/** Flags and variables give strings; the file also lists and maps of strings. */
export type Raw = string | readonly string[] | Readonly<Record<string, string>>;

const LIST_LIMIT = 100;
const TEXT_LIMIT = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\x00-\x1f\x7f]/;

const isText = (raw: Raw): raw is string =>
  typeof raw === 'string' && raw.length > 0 && raw.length <= TEXT_LIMIT && !CONTROL.test(raw);

/** Names are compared without case, as the OpenTelemetry specification asks; the result is the declared one. */
export function oneOf<const T extends string>(...names: readonly T[]): ValueType<T> {
  return {
    allowed: names.join(', '),
    schema: { enum: names },
    parse: (raw) => (typeof raw === 'string' ? names.find((n) => n === raw.trim().toLowerCase()) : undefined),
  };
}

/** Like `oneOf`, with further spellings that mean one of the names. */
export function oneOfWith<const T extends string>(
  names: readonly T[],
  spellings: Readonly<Record<string, T>>,
  spellingsAre: string,
): ValueType<T> {
  const known = new Map<string, T>([...Object.entries(spellings), ...names.map((n) => [n, n] as const)]);
  return {
    allowed: `${names.join(', ')} ${spellingsAre}`,
    schema: { enum: [...names, ...Object.keys(spellings)] },
    parse: (raw) => (typeof raw === 'string' ? known.get(raw.trim().toLowerCase()) : undefined),
  };
}

export const truth: ValueType<boolean> = {
  allowed: 'true, false',
  schema: { type: 'boolean' },
  parse: (raw) => {
    const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
    return word === 'true' ? true : word === 'false' ? false : undefined;
  },
};

export function wholeNumber(min: number, max: number, unit: string): ValueType<number> {
  return {
    allowed: `whole ${unit} from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    parse: (raw) => {
      if (typeof raw !== 'string' || !/^\d{1,15}$/.test(raw.trim())) return undefined;
      const value = Number(raw);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export const ratio: ValueType<number> = {
  allowed: 'a number from 0 to 1',
  schema: { type: 'number', minimum: 0, maximum: 1 },
  parse: (raw) => {
    if (typeof raw !== 'string' || !/^(\d{1,3}(\.\d{0,20})?|\.\d{1,20})(e-?\d{1,3})?$/i.test(raw.trim()))
      return undefined;
    const value = Number(raw);
    return value >= 0 && value <= 1 ? value : undefined;
  },
};

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
};

export function byteSize(minBytes: number, maxBytes: number, words: string): ValueType<number> {
  return {
    allowed: `${words}: a number with B, KiB, MiB, GiB, kB, MB or GB`,
    schema: { type: ['string', 'integer'] },
    parse: (raw) => {
      const match = typeof raw === 'string' ? /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(raw.trim()) : null;
      const unit = BYTE_UNITS[match?.[2]?.toLowerCase() ?? '?'];
      if (!match || unit === undefined) return undefined;
      const bytes = Math.round(Number(match[1]) * unit);
      return bytes >= minBytes && bytes <= maxBytes ? bytes : undefined;
    },
  };
}

export const absolutePath: ValueType<string> = {
  allowed: 'an absolute path without ".."',
  schema: { type: 'string', pattern: '^/' },
  parse: (raw) => {
    if (!isText(raw) || !raw.startsWith('/') || raw.split('/').includes('..')) return undefined;
    return raw.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  },
};

export const filePath: ValueType<string> = {
  allowed: 'the path of a readable file',
  schema: { type: 'string' },
  parse: (raw) => (isText(raw) ? raw : undefined),
};

export const text: ValueType<string> = {
  allowed: `1 to ${TEXT_LIMIT} characters without control characters`,
  schema: { type: 'string', minLength: 1, maxLength: TEXT_LIMIT },
  parse: (raw) => (isText(raw) ? raw.trim() || undefined : undefined),
};

export const list: ValueType<readonly string[]> = {
  allowed: `up to ${LIST_LIMIT} texts, separated by commas (a list in the file)`,
  schema: { type: 'array', items: { type: 'string' }, maxItems: LIST_LIMIT },
  parse: (raw) => {
    const given = typeof raw === 'string' ? raw.split(',') : isList(raw) ? raw : undefined;
    const items = given?.map((item) => item.trim()).filter((item) => item !== '');
    return items && items.length <= LIST_LIMIT && items.every(isText) ? items : undefined;
  },
};

/** `key=value,key=value`, percent-encoded, as OTEL_RESOURCE_ATTRIBUTES and the header variables have it. */
export const pairs: ValueType<Readonly<Record<string, string>>> = pairsOf(
  'key=value pairs, separated by commas, percent-encoded',
  (key) => !CONTROL.test(key),
);

/** Header names are HTTP tokens, values printable: anything else fails in the middle of an export. */
export const headerPairs: ValueType<Readonly<Record<string, string>>> = pairsOf(
  'name=value pairs, separated by commas, percent-encoded; names are HTTP tokens, values printable ASCII',
  (key, value) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(key) && /^[\x20-\x7e]*$/.test(value),
);

function pairsOf(
  allowed: string,
  isAllowed: (key: string, value: string) => boolean,
): ValueType<Readonly<Record<string, string>>> {
  return {
    allowed: `up to ${LIST_LIMIT} ${allowed}`,
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    parse: (raw) => {
      if (isList(raw)) return undefined;
      const entries = typeof raw === 'string' ? splitPairs(raw) : Object.entries(raw);
      if (!entries || entries.length > LIST_LIMIT) return undefined;
      return entries.every(([k, v]) => k !== '' && isAllowed(k, v)) ? Object.fromEntries(entries) : undefined;
    },
  };
}

function splitPairs(raw: string): [string, string][] | undefined {
  const entries: [string, string][] = [];
  for (const pair of raw.split(',')) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    if (equals < 1) return undefined;
    try {
      entries.push([
        decodeURIComponent(pair.slice(0, equals).trim()),
        decodeURIComponent(pair.slice(equals + 1).trim()),
      ]);
    } catch {
      return undefined; // a lone % is no percent-encoding
    }
  }
  return entries;
}

function isList(raw: Raw): raw is readonly string[] {
  return Array.isArray(raw);
}

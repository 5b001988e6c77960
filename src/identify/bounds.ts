import { cleanText } from '../model/clean-text.ts';

/** Containers choose their names, labels and environment: every string and list of theirs is bounded here. */
const MAX_NAME = 255;
const MAX_LABEL_KEY = 128;
const MAX_LABELS = 256;
const MAX_TAGS = 16;

/** Undefined for what is no string or holds nothing that can be shown. */
export function boundedName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const clean = cleanText(value.trim(), MAX_NAME);
  return clean === '' ? undefined : clean;
}

export function boundedNames(values: unknown): readonly string[] {
  if (!Array.isArray(values)) return [];
  return values.slice(0, MAX_TAGS).flatMap((value) => boundedName(value) ?? []);
}

/** Labels or attributes; keys that become equal by cleaning keep the first value. */
export function boundedMap(value: unknown): Readonly<Record<string, string>> {
  const clean: Record<string, string> = {};
  if (typeof value !== 'object' || value === null) return clean;
  let count = 0;
  for (const [rawKey, rawValue] of Object.entries(value)) {
    if (count >= MAX_LABELS) break;
    const key = cleanText(rawKey.trim(), MAX_LABEL_KEY);
    // A label may be empty; that it is set says something too.
    const text = typeof rawValue === 'string' ? cleanText(rawValue, MAX_NAME) : undefined;
    if (key === '' || key === '__proto__' || text === undefined || Object.hasOwn(clean, key)) continue;
    clean[key] = text;
    count++;
  }
  return clean;
}

const ZERO = 48;
const NINE = 57;
const SPACE = 32;

/** The whole number that starts at `from`, leading blanks skipped; undefined when there is none. */
export function numberAt(text: string, from: number): number | undefined {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  const start = at;
  let value = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    value = value * 10 + (code - ZERO);
  }
  return at === start || !Number.isFinite(value) ? undefined : value;
}

/** Value of `key` in a file of `key value` lines, as `memory.stat`; undefined when the line is missing. */
export function fieldOf(text: string, key: string): number | undefined {
  const head = `${key} `;
  if (text.startsWith(head)) return numberAt(text, head.length);
  const at = text.indexOf(`\n${head}`);
  return at < 0 ? undefined : numberAt(text, at + head.length + 1);
}

/** Value after `name=` between `from` and the end of that line, as in `io.stat` and PSI files. */
export function assignedOf(line: string, name: string): number | undefined {
  const at = line.indexOf(` ${name}=`);
  return at < 0 ? undefined : numberAt(line, at + name.length + 2);
}

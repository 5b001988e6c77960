import { validateHeaderName, validateHeaderValue } from 'node:http';
import { SondeError } from '../errors/sonde-error.ts';

type Headers = Readonly<Record<string, string>>;

/** Refuses at start what would fail every request. The value is not shown: it may be a secret. */
export function checkHeaders<T>(headers: Headers, convert: (headers: Headers) => T): T {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      convert({ [name]: value });
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
      throw new SondeError('SND_EXP_HEADERS', `${name}${code}`, { cause });
    }
  }
  return convert(headers);
}

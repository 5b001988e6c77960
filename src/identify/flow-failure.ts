import { constants } from 'node:os';

/** The causes people ask for by name; any other errno keeps its own, as `EPERM`. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'aborted',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
};
const NAMES = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno, name]));

/** `error.type` of a connection; `ifZero` where the kernel gives no errno. */
export function failureOf(errno: number, ifZero: string | undefined): string | undefined {
  if (errno === 0) return ifZero;
  const name = NAMES.get(errno);
  if (name === undefined) return '_OTHER';
  return CAUSES[name] ?? name;
}

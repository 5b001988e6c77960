import { SondeError } from '../errors/sonde-error.ts';
import type { ErrorCode } from '../errors/table.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_HOST = 3;

/** Errors that no setting and no second try can mend on this host. */
const HOST_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['SND_BPF_NO_BTF', 'SND_BPF_CGROUP']);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SondeError)) return EXIT_FAILED;
  if (error.code.startsWith('SND_CFG_') || error.code === 'SND_BPF_CGROUP_ROOT') return EXIT_USAGE;
  return HOST_CODES.has(error.code) ? EXIT_HOST : EXIT_FAILED;
}

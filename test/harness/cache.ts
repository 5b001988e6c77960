import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * What tests build once and keep between runs (backends, image tarballs, dockerd's data), outside the
 * checkout so that a clean checkout does not pay again: SONDE_TEST_CACHE, else
 * ${XDG_CACHE_HOME:-~/.cache}/sonde-test. Deleting the folder is a clean rebuild.
 */
export function cachePath(...parts: string[]): string {
  const root =
    process.env['SONDE_TEST_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sonde-test');
  const path = join(root, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  return path;
}

/** Sockets, pid files and locks of what one test run shares between its files; gone after a reboot. */
export function runPath(...parts: string[]): string {
  const path = join(process.env['SONDE_TEST_RUN'] ?? '/run/sonde-test', ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  return path;
}

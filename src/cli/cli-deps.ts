import type { ReadStream } from 'node:tty';
import type { Env } from '../config/file.ts';
import type { Output } from './top/index.ts';

/** The process, as parameters. */
export interface CliDeps {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly stdin: ReadStream;
  readonly stdout: Output;
  readonly writeError: (text: string) => void;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

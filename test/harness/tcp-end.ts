import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from './cache.ts';
import { run } from './command.ts';

/** What one end of a connection counted for itself (`c/tcp-end.c`). */
export interface EndTruth {
  readonly role: 'client' | 'server';
  readonly txBytes: number;
  readonly rxBytes: number;
  readonly localPort: number;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly errno: number;
}

/** Where the program is mounted in a container. */
export const TCP_END = '/tcp-end';

/** Path of the program, for a bind mount; static, so that it runs in any image. */
export async function buildTcpEnd(): Promise<string> {
  const source = join(import.meta.dirname, 'c', 'tcp-end.c');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const program = cachePath(`tcp-end-${hash}`);
  if (existsSync(program)) return program;
  const half = `${program}.${process.pid}`;
  await run('cc', ['-O2', '-Wall', '-Werror', '-static', '-o', half, source]);
  renameSync(half, program);
  return program;
}

export const parseEnds = (output: string): EndTruth[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as EndTruth);

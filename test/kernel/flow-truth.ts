import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from '../harness/cache.ts';

/** What one end's own calls said. */
export interface EndTruth {
  readonly tx: number;
  readonly rx: number;
  readonly sends: number;
  readonly receives: number;
}

/** One line of flow-workload.py. */
export interface FlowTruth {
  readonly name: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly client?: EndTruth;
  readonly server?: EndTruth;
  readonly [more: string]: unknown;
}

const SCRIPT = join(import.meta.dirname, 'flow-workload.py');

/** The workload in a network namespace of its own, where TCP fast open may be switched on for servers too. */
export function flowWorkload(scenarios: readonly string[]): string[] {
  const prepare = 'ip link set lo up && echo 3 > /proc/sys/net/ipv4/tcp_fastopen && exec python3 "$@"';
  return ['/usr/bin/unshare', '-n', 'sh', '-c', prepare, 'sh', SCRIPT, ...scenarios];
}

export const parseFlowTruths = (output: string): FlowTruth[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as FlowTruth);

const URING = join(import.meta.dirname, 'flow-uring.c');

/** Path of the program built from flow-uring.c. */
export function buildUring(): string {
  const hash = createHash('sha256').update(readFileSync(URING)).digest('hex').slice(0, 12);
  const path = cachePath(`flow-uring-${hash}`);
  if (existsSync(path)) return path;
  const half = `${path}.${process.pid}`;
  execFileSync('cc', ['-O2', '-Wall', '-o', half, URING]);
  renameSync(half, path);
  return path;
}

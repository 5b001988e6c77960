import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A recording of real programs, and what the client's side says it asked and got. */
export interface Recording {
  readonly protocol: string;
  readonly path: string;
  readonly truth: readonly Truth[];
}

export interface Truth {
  readonly name: string;
  readonly status: string;
  readonly error?: string;
}

export function recordings(): readonly Recording[] {
  const paths = globSync('test/corpus/*/*.pcap').toSorted();
  if (paths.length === 0) throw new Error('no corpus: wrong folder?');
  return paths.map((path) => ({
    protocol: basename(dirname(path)),
    path,
    truth: readFileSync(path.replace(/\.pcap$/, '.truth.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Truth),
  }));
}

/** Comparable with what was decoded: order differs where connections overlap. */
export const truthLines = (truth: readonly Truth[]): string[] =>
  truth.map(({ name, status, error }) => `${name} ${status} ${error ?? ''}`).toSorted();

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from './cache.ts';
import { run } from './command.ts';

/**
 * `workload/workload.c`: a program without libc that knows every system call it makes. Give it operations
 * as arguments (the list is in the C file); it prints the truth as one JSON line at `print`, `exit:K` or
 * its end.
 */
export interface Truth {
  /** Calls that returned, by system call number; forked children's returns and execs are apart. */
  readonly calls: Readonly<Record<string, number>>;
  /** [system call number, errno, count] */
  readonly failures: readonly (readonly [number, number, number])[];
  readonly readBytes: number;
  /** Without the truth itself. */
  readonly writtenBytes: number;
  readonly stdoutBytes: number;
  /** Children made; each fork returned once more, in the child. */
  readonly forkedChildren: number;
  /** Successful execs, the first included; each returned once, in the new program. */
  readonly execs: number;
  /** Processes that end, this one included. */
  readonly exits: number;
}

/** x86-64 numbers of the calls the workload makes. */
export const SYSCALL = {
  read: 0,
  write: 1,
  close: 3,
  mmap: 9,
  rt_sigprocmask: 14,
  pread64: 17,
  pause: 34,
  nanosleep: 35,
  socket: 41,
  connect: 42,
  fork: 57,
  execve: 59,
  wait4: 61,
  fsync: 74,
  rename: 82,
  unlink: 87,
  getppid: 110,
  rt_sigtimedwait: 128,
  clock_gettime: 228,
  openat: 257,
  faccessat: 269,
} as const;

export const ERRNO = { ENOENT: 2, ECONNREFUSED: 111 } as const;

export const callsOf = (truth: Truth, name: keyof typeof SYSCALL): number => truth.calls[SYSCALL[name]] ?? 0;

export function failuresOf(truth: Truth, name: keyof typeof SYSCALL, errno: number): number {
  return truth.failures.find(([nr, err]) => nr === SYSCALL[name] && err === errno)?.[2] ?? 0;
}

export interface BenchLine {
  /** `read` of /dev/zero, `pread` of a regular file. */
  readonly bench: 'getppid' | 'read' | 'pread';
  /** Picoseconds a call: the fastest batch and the median one. */
  readonly minPs: number;
  readonly medianPs: number;
  readonly minTicks: number;
  readonly medianTicks: number;
}

/** Lines of `{"truth":…}` and `{"bench":…}` in what the container printed. */
export function parseTruth(output: string): Truth {
  const line = output.split('\n').findLast((text) => text.startsWith('{"truth":'));
  if (line === undefined) throw new Error(`the workload printed no truth, but: ${output.slice(0, 500)}`);
  return JSON.parse(line) as Truth;
}

export function parseBench(output: string): BenchLine[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{"bench":'));
  return lines.map((line) => JSON.parse(line) as BenchLine);
}

const SOURCE = join(import.meta.dirname, 'workload', 'workload.c');

/** Changes when the workload's source changes: part of the image's tag. */
export function workloadHash(): string {
  return createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
}

/** Path of the built program, for use on the host. */
export async function buildWorkload(): Promise<string> {
  const path = cachePath(`workload-${workloadHash()}`);
  if (existsSync(path)) return path;
  const flags = ['-O2', '-static', '-nostdlib', '-ffreestanding', '-no-pie', '-fno-stack-protector'];
  const half = `${path}.${process.pid}`;
  await run('cc', [
    ...flags,
    '-fno-asynchronous-unwind-tables',
    '-fno-tree-loop-distribute-patterns',
    '-o',
    half,
    SOURCE,
  ]);
  renameSync(half, path);
  return path;
}

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { cleanText } from '../model/clean-text.ts';
import { NS_PER_S } from '../units.ts';
import { type OtelEnvironment, readOtelEnvironment } from './otel-environment.ts';

const TICKS_PER_S = 100;
const MAX_ENVIRON_BYTES = 65_536;

export interface Namespaces {
  readonly mount: string;
  readonly pid: string;
}

/** Synchronous looks at /proc and cgroup directories; everything is undefined for what is gone. */
export interface ProcReader {
  namespaces(pid: number): Namespaces | undefined;
  /** Of process 1; where it is protected, of process 2, which is the kernel's. */
  hostNamespaces(): Namespaces | undefined;
  netnsInode(pid: number): number;
  startBootNs(pid: number): number | undefined;
  name(pid: number): string | undefined;
  environment(pid: number): OtelEnvironment | undefined;
  /** Path of its cgroup in one hierarchy. */
  cgroupPath(pid: number, hierarchyId: number): string | undefined;
}

export function createProcReader(procDir: string): ProcReader {
  const link = (pid: number, name: string): string | undefined =>
    attempt(() => readlinkSync(`${procDir}/${pid}/ns/${name}`));
  const namespaces = (pid: number): Namespaces | undefined => {
    const mount = link(pid, 'mnt');
    const pidNamespace = link(pid, 'pid');
    return mount === undefined || pidNamespace === undefined ? undefined : { mount, pid: pidNamespace };
  };
  return {
    namespaces,
    hostNamespaces: () => namespaces(1) ?? namespaces(2),
    netnsInode: (pid) => Number(/\[(\d+)\]/.exec(link(pid, 'net') ?? '')?.[1] ?? 0),
    startBootNs(pid) {
      const stat = attempt(() => readFileSync(`${procDir}/${pid}/stat`, 'latin1')) ?? '';
      // proc(5): starttime is field 22; the name, field 2, may hold blanks and brackets.
      const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3]);
      return Number.isFinite(ticks) && stat !== '' ? (ticks / TICKS_PER_S) * NS_PER_S : undefined;
    },
    name(pid) {
      const comm = attempt(() => readFileSync(`${procDir}/${pid}/comm`, 'utf8'));
      return comm === undefined ? undefined : cleanText(comm.trimEnd(), 64) || undefined;
    },
    environment: (pid) => attempt(() => readOtelEnvironment(readStart(`${procDir}/${pid}/environ`).split('\0'))),
    cgroupPath(pid, hierarchyId) {
      const text = attempt(() => readFileSync(`${procDir}/${pid}/cgroup`, 'utf8')) ?? '';
      for (const line of text.split('\n')) {
        const [id, , ...rest] = line.split(':');
        if (id === String(hierarchyId) && rest.length > 0) return rest.join(':').replace(/ \(deleted\)$/, '');
      }
      return undefined;
    },
  };
}

/** Inode of a cgroup directory, which is its id, as a decimal string: it may exceed 2^53. */
export function cgroupIdOf(dir: string): string | undefined {
  return attempt(() => String(statSync(dir, { bigint: true }).ino));
}

export function pidsIn(dir: string, limit: number): number[] {
  const text = attempt(() => readFileSync(`${dir}/cgroup.procs`, 'latin1')) ?? '';
  return text
    .split('\n', limit)
    .map(Number)
    .filter((pid) => pid > 0);
}

export function childDirs(dir: string): string[] {
  const entries = attempt(() => readdirSync(dir, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** An environment may be megabytes long. */
function readStart(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(MAX_ENVIRON_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, MAX_ENVIRON_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath } from './cache.ts';
import { run } from './command.ts';

/** Network namespaces of a test's own, with what is made in them; nothing outside of them is changed. */
export interface NetLab {
  /** `ip netns` name → inode. */
  add(name: string): Promise<number>;
  remove(name: string): Promise<void>;
  /** Runs `ip …` lines in a namespace, as one batch. */
  ip(name: string, ...lines: string[]): Promise<void>;
  ipJson<T>(name: string, ...args: string[]): Promise<T>;
  run(name: string, program: string, ...args: string[]): Promise<string>;
  /** Starts a program in it; ended with the lab at the latest. */
  spawn(name: string, program: string, ...args: string[]): ChildProcess;
  path(name: string): string;
  inode(name: string): number;
  /** Forgets every tracked connection. */
  flushConntrack(name: string): Promise<void>;
  close(): Promise<void>;
}

export function openNetLab(): NetLab {
  const prefix = `sdst${randomBytes(2).toString('hex')}-`;
  const names = new Set<string>();
  const children = new Set<ChildProcess>();
  const full = (name: string) => `${prefix}${name}`;
  const path = (name: string) => join('/run/netns', full(name));
  const inNamespace = (name: string, args: readonly string[]) => [`--net=${path(name)}`, ...args];

  // A failing `before` skips `after`.
  process.once('exit', () => {
    for (const name of names) spawnSync('ip', ['netns', 'del', full(name)]);
  });

  const lab: NetLab = {
    path,
    inode: (name) => statSync(path(name)).ino,
    async add(name) {
      await run('ip', ['netns', 'add', full(name)]);
      names.add(name);
      await lab.ip(name, 'link set lo up');
      return lab.inode(name);
    },
    async remove(name) {
      names.delete(name);
      await run('ip', ['netns', 'del', full(name)]);
    },
    async ip(name, ...lines) {
      // `netns` in a line is a name of this lab.
      const batch = lines.map((line) => line.replace(/\bnetns (\w+)/g, (_, other: string) => `netns ${full(other)}`));
      const child = spawn('ip', ['-n', full(name), '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk));
      child.stdin.end(`${batch.join('\n')}\n`);
      const code = await new Promise((resolve) => child.on('close', resolve));
      if (code !== 0) throw new Error(`ip in ${name}: ${said}`);
    },
    ipJson: async (name, ...args) => JSON.parse((await run('ip', ['-n', full(name), '-d', '-j', ...args])) || '[]'),
    run: (name, program, ...args) => run('nsenter', inNamespace(name, [program, ...args])),
    spawn(name, program, ...args) {
      const child = spawn('nsenter', inNamespace(name, [program, ...args]), { stdio: ['pipe', 'pipe', 'inherit'] });
      children.add(child);
      child.on('exit', () => children.delete(child));
      return child;
    },
    async flushConntrack(name) {
      await run('nsenter', inNamespace(name, [await conntrackFlush()]));
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      for (const name of [...names]) await lab.remove(name);
    },
  };
  return lab;
}

async function conntrackFlush(): Promise<string> {
  const program = cachePath('conntrack-flush');
  if (!existsSync(program)) {
    const half = `${program}.${process.pid}`;
    await run('cc', ['-O1', '-o', half, join(import.meta.dirname, 'c', 'conntrack-flush.c')]);
    renameSync(half, program);
  }
  return program;
}

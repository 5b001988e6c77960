import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One process of this test run at a time: `node --test` runs files side by side, and they share a dockerd,
 * builds and images. A lock whose owner died is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!tryLock(path)) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    return await work();
  } finally {
    unlock(path);
  }
}

export function tryLock(path: string): boolean {
  try {
    mkdirSync(path);
  } catch {
    const owner = readPid(join(path, 'pid'));
    // No pid yet: its owner is between mkdir and write, or died there; the next try will tell.
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  return true;
}

export function unlock(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Inode of a process's namespace, which is its id; 0 when the process is gone or not ours to see. */
export function namespaceInode(procDir: string, pid: number, name: 'mnt' | 'net' | 'pid'): number {
  try {
    return statSync(join(procDir, String(pid), 'ns', name)).ino;
  } catch {
    return 0;
  }
}

import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Process 1's mount namespace is the host's; where it may not be looked at (it is protected on some
 * hosts), kernel threads are in it too: their parent is process 2.
 */
export function hostMntnsInode(procDir: string): number {
  return namespaceInode(procDir, 1, 'mnt') || namespaceInode(procDir, 2, 'mnt');
}

/** Inode of a process's namespace, which is its id; 0 when the process is gone or not ours to see. */
export function namespaceInode(procDir: string, pid: number, name: 'mnt' | 'net' | 'pid'): number {
  try {
    return statSync(join(procDir, String(pid), 'ns', name)).ino;
  } catch {
    return 0;
  }
}

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Network namespaces that are kept by a mount (`ip netns`, Docker's and Podman's sandboxes, Swarm's hidden
 * ones), as inode → path through the mount namespace of process 1.
 */
export function mountedNamespaces(procDir: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  let text: string;
  try {
    text = readFileSync(join(procDir, '1', 'mountinfo'), 'utf8');
  } catch {
    return found;
  }
  for (const mount of parseMounts(text)) {
    if (found.size >= LIMIT) break;
    const path = join(procDir, '1', 'root', mount.path);
    if (inodeOf(path) === mount.inode) found.set(mount.inode, path);
  }
  return found;
}

/** Inode of the namespace a path names; undefined when it names none. */
export function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

/** mountinfo(5): `36 25 0:4 net:[4026532281] /run/netns/x rw shared:1 - nsfs nsfs rw`. */
export function parseMounts(text: string): { readonly inode: number; readonly path: string }[] {
  const mounts: { inode: number; path: string }[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const inode = /^net:\[(\d+)\]$/.exec(fields[3] ?? '')?.[1];
    const path = fields[4];
    if (inode === undefined || path === undefined) continue;
    // Spaces and the like are written as three octal digits.
    mounts.push({
      inode: Number(inode),
      path: path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    });
  }
  return mounts;
}

const LIMIT = 1024;

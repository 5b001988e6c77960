import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Network namespaces that are kept by a mount (`ip netns`, Docker's and Podman's sandboxes, Swarm's hidden
 * ones), as inode → path. Mounts are those that process 1 sees, and those that sonde does: they differ when
 * sonde runs in a container or under a service manager.
 */
export function mountedNamespaces(procDir: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const viewer of ['1', 'self']) {
    for (const mount of parseMounts(readMounts(join(procDir, viewer, 'mountinfo')))) {
      if (found.size >= LIMIT) return found;
      const path = join(procDir, viewer, 'root', mount.path);
      if (!found.has(mount.inode) && inodeOf(path) === mount.inode) found.set(mount.inode, path);
    }
  }
  return found;
}

function readMounts(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
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

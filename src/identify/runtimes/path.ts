import type { PathClaim } from './runtime.ts';

/** Ids of Docker, Podman, containerd's CRI and CRI-O. */
export const CONTAINER_ID = /^[0-9a-f]{64}$/;

export function claimOf(id: string, runtime: string | undefined, more: Partial<PathClaim> = {}): PathClaim {
  return { id, runtime, name: undefined, podUid: undefined, isHostService: false, ...more };
}

/** `['', 'docker', '<id>']` → the last names of a path; `leaf(1)` is the parent. */
export function leafOf(cgroupPath: string, up = 0): string {
  return cgroupPath.split('/').at(-1 - up) ?? '';
}

/**
 * The name that stands for the container: the last one, or the one before when crun or nspawn put the
 * processes into a child of their own.
 */
export function unitOf(cgroupPath: string, innerName: string): string {
  const leaf = leafOf(cgroupPath);
  return leaf === innerName ? leafOf(cgroupPath, 1) : leaf;
}

/** Names that other runtimes give their cgroups: not what a user would name a container. */
export const isUnitLike = (leaf: string): boolean => /\.(scope|service|slice)$|[-:][0-9a-f]{64}$/.test(leaf);

const POD_UID =
  /(?:^|[/-])pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=[/.]|$)/;

export const isKubernetes = (cgroupPath: string): boolean => /(?:^|[/:])kubepods(?:[-./]|$)/.test(cgroupPath);

/** Kubelet writes the pod's uid into the path; systemd slices have `_` for its `-`. */
export function podUidOf(cgroupPath: string): string | undefined {
  if (!isKubernetes(cgroupPath)) return undefined;
  // The last one: a cluster may run inside a pod.
  const parts = cgroupPath.split('/');
  for (const part of parts.toReversed()) {
    const uid = POD_UID.exec(part)?.[1];
    if (uid !== undefined) return uid.replaceAll('_', '-');
  }
  return undefined;
}

/** systemd escapes bytes in unit names: `\x2d` is `-`. */
export function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

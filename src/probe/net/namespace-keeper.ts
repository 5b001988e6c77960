import { join } from 'node:path';
import { describeError, SondeError } from '../../errors/sonde-error.ts';
import type { NamespaceRef } from '../../model/network.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Log } from '../../self/log.ts';
import { inodeOf, mountedNamespaces } from './mounted-namespaces.ts';
import type { NetProbe } from './net-probe.ts';

/**
 * Keeps those namespaces open that something else keeps alive, and no other: an open namespace lives as
 * long as sonde holds it, with its devices. Found through processes (containers, owners of sockets) and
 * through mounts; let go when the last known process and the mount have gone.
 */
export interface NamespaceKeeper {
  /** A process in it is known: a container's, or the owner of a socket. */
  want(inode: number, pid: number): void;
  /** Looks for new mounts and for what has gone. */
  tick(): void;
  /** Settles when everything asked for so far is open or refused. */
  settled(): Promise<void>;
}

interface Kept {
  readonly inode: number;
  readonly pids: Set<number>;
  state: 'opening' | 'open' | 'refused';
  ref: NamespaceRef | undefined;
}

const MAX_PIDS = 32;

export function createNamespaceKeeper(
  options: { readonly procDir: string; readonly maxNamespaces: number },
  deps: { readonly ledger: Ledger; readonly log: Log },
  probe: NetProbe,
): NamespaceKeeper {
  const byInode = new Map<number, Kept>();
  const underWay = new Set<Promise<void>>();
  let mounts: ReadonlyMap<number, string> = new Map();

  const pathOf = (pid: number) => join(options.procDir, String(pid), 'ns', 'net');

  /** A process or mount that still names it. */
  function holderOf(kept: Kept): { path: string; pid: number | undefined } | undefined {
    for (const pid of kept.pids) {
      const path = pathOf(pid);
      if (inodeOf(path) === kept.inode) return { path, pid };
      kept.pids.delete(pid);
    }
    const path = mounts.get(kept.inode);
    return path !== undefined && inodeOf(path) === kept.inode ? { path, pid: undefined } : undefined;
  }

  function open(kept: Kept): void {
    const holder = holderOf(kept);
    if (holder === undefined) {
      byInode.delete(kept.inode);
      return;
    }
    const opening = probe
      .open({ path: holder.path, holderPid: holder.pid, inode: kept.inode })
      .then((ref) => {
        kept.state = 'open';
        kept.ref = ref;
        // It may have lost its process while it was read.
        if (holderOf(kept) === undefined) release(kept);
      })
      .catch((error: unknown) => refused(kept, error))
      .finally(() => underWay.delete(opening));
    underWay.add(opening);
  }

  function refused(kept: Kept, error: unknown): void {
    deps.ledger.count('probe', 'dropped', 'namespace');
    const isGone = error instanceof SondeError && error.code === 'SND_STI_NAMESPACE_GONE';
    deps.log[isGone ? 'debug' : 'warn']('probe', describeError(error));
    // A gone one may be asked for again through another process; the others would fail again.
    if (isGone) byInode.delete(kept.inode);
    else kept.state = 'refused';
  }

  function release(kept: Kept): void {
    if (kept.ref) probe.close(kept.ref);
    byInode.delete(kept.inode);
  }

  function find(inode: number): Kept | undefined {
    const known = byInode.get(inode);
    if (known !== undefined) return known;
    if (byInode.size >= options.maxNamespaces) {
      deps.ledger.count('probe', 'dropped', 'namespaces');
      return undefined;
    }
    const kept: Kept = { inode, pids: new Set(), state: 'opening', ref: undefined };
    byInode.set(inode, kept);
    return kept;
  }

  probe.onHolderExited((ref) => {
    const kept = byInode.get(ref.inode);
    if (kept?.ref?.id === ref.id && holderOf(kept) === undefined) release(kept);
  });

  return {
    want(inode, pid) {
      const isNew = !byInode.has(inode);
      const kept = find(inode);
      if (kept === undefined) return;
      if (kept.pids.size < MAX_PIDS) kept.pids.add(pid);
      if (isNew) open(kept);
    },
    tick() {
      mounts = mountedNamespaces(options.procDir);
      for (const kept of [...byInode.values()])
        if (kept.state !== 'opening' && holderOf(kept) === undefined) release(kept);
      for (const inode of mounts.keys()) {
        if (byInode.has(inode)) continue;
        const kept = find(inode);
        if (kept !== undefined) open(kept);
      }
      probe.tick();
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled([...underWay]);
    },
  };
}

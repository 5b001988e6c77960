import type { NamespaceRef } from '../../model/network.ts';
import { type NatDump, TableDump } from './dump.ts';

/** What the probe knows of one namespace between its opening and its end. */
export class WatchedNamespace {
  readonly id: number;
  readonly path: string;
  /** The one that is wanted, when that is known. */
  readonly inode: number | undefined;
  /** Undefined until the kernel said. */
  ref: NamespaceRef | undefined;
  tableDump: TableDump | undefined;
  natDump: NatDump | undefined;
  /** Numbers that its links carry for other namespaces, and which they are; undefined: not known yet. */
  readonly nsids = new Map<number, number | undefined>();
  /** Undefined until the first dump; false where the kernel has no conntrack. */
  hasNat: boolean | undefined;
  /** Wall clock after which a failed dump is tried again. */
  retryMs: number | undefined;
  /** Settled by the end of the first dump, or by why there is none. */
  readonly ready: PromiseWithResolvers<NamespaceRef> = Promise.withResolvers();

  constructor(id: number, path: string, inode: number | undefined) {
    this.id = id;
    this.inode = inode;
    this.path = path;
  }

  get hasUnknownNumbers(): boolean {
    for (const other of this.nsids.values()) if (other === undefined) return true;
    return false;
  }

  beginDump(rowLimit: number): void {
    this.tableDump = new TableDump(rowLimit);
  }

  noteNumber(nsid: number | undefined): boolean {
    if (nsid === undefined || this.nsids.has(nsid)) return false;
    this.nsids.set(nsid, undefined);
    return true;
  }
}

import { readlinkSync } from 'node:fs';
import type { Pid, Slot } from '../../model/ids.ts';
import type { NetworkIo } from '../../model/snapshot.ts';
import { parseNetDev } from '../proc/net-dev.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';

const MAX_KNOWN_INTERFACES = 64;

export interface ContainerNetwork {
  /** Interfaces now, and those that were taken away with their last numbers. */
  read(): readonly NetworkIo[];
  close(): void;
}

/**
 * Interfaces of a container's network namespace. The file stays open, which keeps the namespace readable
 * after its last process, and alive: close it soon. A namespace that several containers share (pods,
 * `--network container:…`) is told by the first of them only, and the host's by none, so that no byte is
 * counted twice.
 */
export function createNetworks(procDir: string, files: OpenFiles) {
  const owners = new Map<string, Slot>();
  const namespaceOf = (pid: number | string): string | undefined => {
    try {
      return readlinkSync(`${procDir}/${pid}/ns/net`);
    } catch {
      return undefined;
    }
  };
  // Process 1 is protected on some hosts; process 2 is the kernel's, in the host's namespaces as well.
  const hostNamespace = namespaceOf(1) ?? namespaceOf(2);

  return {
    open(slot: Slot, pid: Pid): ContainerNetwork | undefined {
      const namespace = namespaceOf(pid);
      if (namespace === undefined || namespace === hostNamespace || owners.has(namespace)) return undefined;
      owners.set(namespace, slot);
      return new OpenNetwork(files.open(`${procDir}/${pid}/net/dev`), () => owners.delete(namespace));
    },
  };
}

class OpenNetwork implements ContainerNetwork {
  private readonly file: OpenFile;
  private readonly leave: () => void;
  private readonly known = new Map<string, NetworkIo>();

  constructor(file: OpenFile, leave: () => void) {
    this.file = file;
    this.leave = leave;
  }

  read(): readonly NetworkIo[] {
    for (const row of parseNetDev(this.file.read() ?? '')) {
      if (this.known.has(row.interfaceName) || this.known.size < MAX_KNOWN_INTERFACES) {
        this.known.set(row.interfaceName, row);
      }
    }
    return [...this.known.values()];
  }

  close(): void {
    this.file.close();
    this.leave();
  }
}

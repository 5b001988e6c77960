import { getSystemErrorName } from 'node:util';
import { SondeError } from '../../errors/sonde-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import type { NamespaceRef, NamespaceSink } from '../../model/network.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Log } from '../../self/log.ts';
import { NatDump } from './dump.ts';
import { type NetLimits, OVERRUN_REASONS, openNetReader, REPORT } from './native.ts';
import { parseConntrack } from './netlink/conntrack.ts';
import { parseRouteTables } from './netlink/route-tables.ts';
import { WatchedNamespace } from './watched-namespace.ts';

export interface NetProbeOptions extends NetLimits {
  readonly maxNamespaces: number;
  /** Table rows, and apart from them translations, of one dump. */
  readonly maxRows: number;
}

export const NET_PROBE_DEFAULTS: NetProbeOptions = {
  queueBytes: 16 * 1048576,
  dumpBytes: 16 * 1048576,
  receiveBufferBytes: 2 * 1048576,
  maxNamespaces: 1024,
  maxRows: 65_536,
};

export interface NetProbeDeps {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly nowMs: () => number;
}

export interface OpenRequest {
  /** `/proc/<pid>/ns/net`, or where the namespace is mounted. */
  readonly path: string;
  /** Process that the path goes through; its end is told to `onHolderExited`. */
  readonly holderPid: number | undefined;
  /** Refuse another one: the process's number may be another's by now. */
  readonly inode: number | undefined;
}

export interface NetProbe {
  /** Resolves after the first dump was handed on; rejects with a `SondeError`. */
  open(request: OpenRequest): Promise<NamespaceRef>;
  /** Lets go of it: while it is open, sonde keeps it alive. */
  close(namespace: NamespaceRef): void;
  resync(namespace: NamespaceRef): void;
  /** False where the kernel has no conntrack in it. */
  hasNat(namespace: NamespaceRef): boolean;
  onHolderExited(handler: (namespace: NamespaceRef) => void): void;
  /** Repeats dumps that failed. */
  tick(): void;
  stop(): void;
}

const RETRY_MS = 1_000;

/** Reads network namespaces on the native thread and hands on what they hold, and every change of it. */
export function createNetProbe(options: NetProbeOptions, deps: NetProbeDeps, sink: NamespaceSink): NetProbe {
  const { ledger, log } = deps;
  const watched = new Map<number, WatchedNamespace>();
  let holderExited: (namespace: NamespaceRef) => void = () => undefined;
  let nextId = 1;

  const handle = (kind: number, id: number, value: number, bytes: Uint8Array | undefined): void => {
    const ns = watched.get(id);
    if (ns === undefined) return;
    switch (kind) {
      case REPORT.opened:
        if (ns.inode === undefined || ns.inode === value) ns.ref = { id, inode: value };
        else refuse(ns, new SondeError('SND_STI_NAMESPACE_GONE', `${ns.path} is another one by now`));
        break;
      case REPORT.openFailed:
        refuse(ns, openError(ns.path, value));
        break;
      case REPORT.routeDumpBegin:
        ns.beginDump(options.maxRows);
        break;
      case REPORT.routeBytes:
        if (bytes) parseRouteTables(bytes, (change) => ns.tableDump?.add(change));
        break;
      case REPORT.routeDumpEnd:
        tablesDumped(ns, value);
        break;
      case REPORT.routeEvent:
        if (bytes && ns.ref) routeEvents(ns, ns.ref, bytes);
        break;
      case REPORT.natDumpBegin:
        ns.natDump = new NatDump(options.maxRows);
        break;
      case REPORT.natBytes:
        if (bytes) parseConntrack(bytes, (entry) => ns.natDump?.add(entry));
        break;
      case REPORT.natDumpEnd:
        natDumped(ns, value);
        break;
      case REPORT.natEvent:
        if (bytes && ns.ref) {
          const { ref } = ns;
          parseConntrack(bytes, (entry, isEnded) => sink.natChanged(ref, entry, isEnded));
        }
        break;
      case REPORT.overrun:
        ledger.count('probe', 'dropped', OVERRUN_REASONS[value] ?? 'overrun');
        break;
      case REPORT.namespaceIds:
        if (bytes) numbered(ns, bytes);
        break;
      case REPORT.holderExited:
        if (ns.ref) holderExited(ns.ref);
        break;
    }
  };

  const reader = openNetReader((kind, id, value, bytes) => {
    try {
      handle(kind, id, value, bytes);
    } catch (error) {
      // An exception here would end the process from native code.
      ledger.count('probe', 'dropped', 'net-report');
      log.error('probe', `network tables: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }, options);

  function refuse(ns: WatchedNamespace, error: SondeError): void {
    watched.delete(ns.id);
    reader.close(ns.id);
    ns.ready.reject(error);
  }

  function tablesDumped(ns: WatchedNamespace, errno: number): void {
    const { ref, tableDump } = ns;
    ns.tableDump = undefined;
    if (ref === undefined || tableDump === undefined) return;
    if (errno !== 0) {
      ledger.count('probe', 'dropped', errno === E2BIG ? 'table-dump-size' : 'table-dump');
      // Too large stays too large; what there is of it is better than nothing.
      if (errno !== E2BIG) ns.retryMs = deps.nowMs() + RETRY_MS;
      if (errno !== E2BIG && ns.hasNat !== undefined) return;
    }
    if (tableDump.dropped > 0) ledger.count('probe', 'dropped', 'table-rows', tableDump.dropped);
    if (ns.hasNat === undefined) sink.opened(ref);
    sink.tables(ref, tableDump.tables);
    let isNew = false;
    for (const link of tableDump.tables.links) isNew = ns.noteNumber(link.peerNsid) || isNew;
    askNumbers(ns);
    // This namespace may be what a number in another one stands for.
    if (ns.hasNat === undefined)
      for (const other of watched.values())
        if (other !== ns && other.hasUnknownNumbers) reader.numbers(other.id, [ns.id]);
  }

  function natDumped(ns: WatchedNamespace, errno: number): void {
    const { ref, natDump } = ns;
    ns.natDump = undefined;
    if (ref === undefined || natDump === undefined) return;
    const isFirst = ns.hasNat === undefined;
    ns.hasNat = errno === 0 || errno === E2BIG || errno === ETIMEDOUT;
    if (ns.hasNat && errno !== 0) {
      ledger.count('probe', 'dropped', 'nat-dump');
      if (errno !== E2BIG) ns.retryMs = deps.nowMs() + RETRY_MS;
    }
    if (natDump.dropped > 0) ledger.count('probe', 'dropped', 'nat-rows', natDump.dropped);
    if (ns.hasNat) sink.natDumped(ref, natDump.entries);
    if (isFirst) ns.ready.resolve(ref);
  }

  function routeEvents(ns: WatchedNamespace, ref: NamespaceRef, bytes: Uint8Array): void {
    let isNew = false;
    parseRouteTables(bytes, (change) => {
      sink.changed(ref, change);
      if (change.table === 'links' && !change.isRemoved) isNew = ns.noteNumber(change.row.peerNsid) || isNew;
    });
    if (isNew) askNumbers(ns);
  }

  function askNumbers(ns: WatchedNamespace): void {
    if (!ns.hasUnknownNumbers) return;
    const others = [...watched.values()].filter((other) => other !== ns && other.ref !== undefined);
    if (others.length > 0)
      reader.numbers(
        ns.id,
        others.map((other) => other.id),
      );
  }

  function numbered(ns: WatchedNamespace, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const other = watched.get(view.getInt32(at, true));
      const nsid = view.getInt32(at + 4, true);
      if (nsid < 0 || other?.ref === undefined || ns.ref === undefined) continue;
      if (ns.nsids.has(nsid) && ns.nsids.get(nsid) !== other.id) {
        ns.nsids.set(nsid, other.id);
        sink.numbered(ns.ref, nsid, other.ref);
      }
    }
  }

  function forget(id: number): void {
    watched.delete(id);
    for (const ns of watched.values())
      for (const [nsid, other] of ns.nsids) if (other === id) ns.nsids.set(nsid, undefined);
  }

  return {
    async open(request) {
      if (watched.size >= options.maxNamespaces) {
        ledger.count('probe', 'dropped', 'namespaces');
        throw new SondeError('SND_STI_NAMESPACE_LIMIT', `${options.maxNamespaces} are open, ${request.path} is not`);
      }
      const ns = new WatchedNamespace(nextId++, request.path, request.inode);
      watched.set(ns.id, ns);
      reader.open(ns.id, request.path, request.holderPid ?? 0, true);
      return ns.ready.promise;
    },
    close(ref) {
      if (!watched.has(ref.id)) return;
      forget(ref.id);
      reader.close(ref.id);
      sink.closed(ref);
    },
    resync: (ref) => reader.resync(ref.id),
    hasNat: (ref) => watched.get(ref.id)?.hasNat === true,
    onHolderExited(handler) {
      holderExited = handler;
    },
    tick() {
      const nowMs = deps.nowMs();
      for (const ns of watched.values()) {
        if (ns.retryMs === undefined || ns.retryMs > nowMs) continue;
        ns.retryMs = undefined;
        reader.resync(ns.id);
      }
    },
    stop() {
      reader.stop();
      for (const ns of watched.values()) ns.ready.reject(new SondeError('SND_STI_NAMESPACE', 'the agent stops'));
      watched.clear();
    },
  };
}

const E2BIG = 7;
const ETIMEDOUT = 110;
const OPEN_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'SND_STI_NAMESPACE_GONE',
  ESRCH: 'SND_STI_NAMESPACE_GONE',
  EPERM: 'SND_STI_NAMESPACE_DENIED',
  EACCES: 'SND_STI_NAMESPACE_DENIED',
};

function openError(path: string, errno: number): SondeError {
  const name = getSystemErrorName(-errno);
  return new SondeError(OPEN_ERRORS[name] ?? 'SND_STI_NAMESPACE', `${path}: ${name}`);
}

import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DnsBook } from './aggregate/dns-book.ts';
import type { FlowBook } from './aggregate/flow-book.ts';
import { createConnectionSpans } from './aggregate/span/connection-spans.ts';
import type { SpanConfig } from './config/config.ts';
import { describeError } from './errors/sonde-error.ts';
import { createHalfFlows } from './identify/half-flows.ts';
import type { Clock } from './model/clock.ts';
import type { Container } from './model/container.ts';
import type { FlowSink } from './model/flow.ts';
import type { FlowFact } from './model/flow-facts.ts';
import type { SpanSink } from './model/span.ts';
import { createFlowPasses } from './probe/kernel/flow-passes.ts';
import { createDockerProxies } from './probe/net/docker-proxies.ts';
import { createNamespaceKeeper, type NamespaceKeeper } from './probe/net/namespace-keeper.ts';
import { createNetProbe, NET_PROBE_DEFAULTS, type NetProbe } from './probe/net/net-probe.ts';
import type { KernelProbe } from './probe/probe.ts';
import type { Ledger } from './self/ledger.ts';
import type { Log } from './self/log.ts';
import type { Periodic } from './self/ticks.ts';
import { STITCH_DEFAULTS } from './stitch/config.ts';
import { createFingerprintIds } from './stitch/fingerprint.ts';
import { createStitch, type Stitch } from './stitch/stitch.ts';

/** Stitch looks at what waits this often; passes and namespaces keep their own times. */
const TICK_MS = 250;
const EACH_SECOND = 4;
const FLEET_KEY_BYTES = 32;

export interface FlowPipeline {
  /** Finds what is open already; needs capabilities that are given up later. */
  start(): Promise<void>;
  push(fact: FlowFact): void;
  containerOpened(container: Container): void;
  containerClosed(container: Container, isFilteredOut: boolean): void;
  readonly task: Periodic;
  /** What moved up to now is handed on; before the programs go. */
  close(): Promise<void>;
}

export interface FlowPipelineDeps {
  readonly probe: KernelProbe;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly procDir: string;
  /** Records of the flow pass, as those of the ring. */
  readonly decode: (records: Uint8Array) => void;
  /** Undefined: no spans are made. */
  readonly spans: { readonly config: SpanConfig; readonly next: SpanSink } | undefined;
}

export interface FlowBooks {
  readonly flows: FlowBook;
  readonly lookups: DnsBook;
}

/** The way of a connection: kernel facts → half flows → stitch, with the tables of its namespaces → book and spans. */
export function createFlowPipeline(deps: FlowPipelineDeps, books: FlowBooks): FlowPipeline {
  const { flows: book, lookups } = books;
  const { probe, clock, ledger, log, procDir } = deps;
  const nowMs = () => clock.wallMs();

  const fleetKey = randomBytes(FLEET_KEY_BYTES);
  const spans =
    deps.spans &&
    createConnectionSpans(deps.spans.config, { ids: createFingerprintIds(fleetKey), ledger, nowMs }, deps.spans.next);
  const stitch = createStitch(
    { ...STITCH_DEFAULTS, fleetKey, hostNetnsInode: netnsInode('/proc', 'self') },
    { ledger, nowMs, wantNamespace: (inode, pid) => tables?.keeper.want(inode, pid) },
    spans ? both(book, spans) : book,
  );
  const tables = openTables(stitch, deps);
  const proxies = createDockerProxies(procDir);

  const halves = createHalfFlows(
    { clock, ledger },
    {
      opened: stitch.opened,
      changed: stitch.changed,
      closed: stitch.closed,
      counted: book.counted,
      answered: lookups.answered,
    },
  );
  const passes = createFlowPasses(
    probe,
    { clock, ledger },
    { push: deps.decode, fullPassEnded: (startedMs) => halves.fullPassEnded(startedMs) },
  );
  /** Containers that ran before sonde have come since the last search for their connections. */
  let hasOldContainers = false;
  let ticks = 0;

  const adopt = async (): Promise<void> => {
    if (!hasOldContainers) return;
    hasOldContainers = false;
    try {
      await probe.adoptSockets([]);
    } catch (error) {
      ledger.count('probe', 'dropped', 'flow-adoption');
      log.warn('probe', `connections opened before sonde are seen at their first use: ${describeError(error)}`);
    }
  };

  return {
    async start() {
      await adopt();
      await passes.first();
    },

    push: halves.push,

    containerOpened(container) {
      halves.containerOpened(container);
      hasOldContainers ||= container.isPreexisting;
      const { initPid } = container;
      const netns = initPid === undefined ? undefined : netnsInode(procDir, initPid);
      if (initPid === undefined || netns === undefined) return;
      stitch.containerOpened(container, netns);
      tables?.keeper.want(netns, initPid);
    },

    containerClosed(container, isFilteredOut) {
      halves.containerClosed(container, isFilteredOut);
      stitch.containerClosed(container);
      if (isFilteredOut) spans?.forget(container);
    },

    task: {
      periodMs: TICK_MS,
      run() {
        void adopt();
        passes.tick();
        if (ticks++ % EACH_SECOND === 0) {
          spans?.tick();
          tables?.probe.tick();
          tables?.keeper.tick();
          stitch.staticTranslations(proxies.read());
        }
        stitch.tick();
      },
    },

    async close() {
      await passes.close();
      stitch.close();
      spans?.close();
      tables?.probe.stop();
    },
  };
}

function both(first: FlowSink, second: FlowSink): FlowSink {
  return {
    opened(flow) {
      first.opened(flow);
      second.opened(flow);
    },
    updated(flow, before) {
      first.updated(flow, before);
      second.updated(flow, before);
    },
    closed(flow) {
      first.closed(flow);
      second.closed(flow);
    },
    balanced(flow, unreceivedBytes) {
      first.balanced(flow, unreceivedBytes);
      second.balanced(flow, unreceivedBytes);
    },
  };
}

interface Tables {
  readonly probe: NetProbe;
  readonly keeper: NamespaceKeeper;
}

/** Without tables ends are still joined by their fingerprint: said, not fatal. */
function openTables(stitch: Stitch, { clock, ledger, log, procDir }: FlowPipelineDeps): Tables | undefined {
  try {
    const nowMs = () => clock.wallMs();
    const probe = createNetProbe(NET_PROBE_DEFAULTS, { ledger, log, nowMs }, stitch.namespaces);
    const { maxNamespaces } = NET_PROBE_DEFAULTS;
    return { probe, keeper: createNamespaceKeeper({ procDir, maxNamespaces }, { ledger, log }, probe) };
  } catch (error) {
    log.warn('probe', `no network tables: ${describeError(error)}`);
    return undefined;
  }
}

/** Undefined: it is gone, or not ours to look at. The agent itself runs in the host's network namespace. */
function netnsInode(procDir: string, pid: number | 'self'): number | undefined {
  try {
    return statSync(join(procDir, String(pid), 'ns', 'net')).ino;
  } catch {
    return undefined;
  }
}

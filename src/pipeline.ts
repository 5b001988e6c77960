import { cpus, release } from 'node:os';
import { createAggregate } from './aggregate/aggregate.ts';
import type { Config } from './config/config.ts';
import { createDecode } from './decode/decode.ts';
import { describeError } from './errors/sonde-error.ts';
import { createFlowPipeline, type FlowPipeline } from './flow-pipeline.ts';
import { AREA_NAMES, CLASS_NAMES, OPERATION_NAMES } from './generated/layout.ts';
import { readHostIdentity } from './identify/host-identity.ts';
import { createIdentify } from './identify/identify.ts';
import type { Container } from './model/container.ts';
import type { FrameSource } from './model/frame-source.ts';
import { type Outlet, openOutlet } from './outlet.ts';
import { createKernelProbe } from './probe/kernel/create-kernel-probe.ts';
import type { KernelProbe } from './probe/probe.ts';
import { createSamplers } from './probe/samplers.ts';
import { createControl } from './self/control/server.ts';
import { createFrameHub } from './self/frame-hub.ts';
import { createLedger } from './self/ledger.ts';
import { lockDataDir } from './self/lock.ts';
import type { Log } from './self/log.ts';
import { createStatus } from './self/status.ts';
import { createSystemClock } from './self/system-clock.ts';
import { startTicks } from './self/ticks.ts';

export interface AgentDeps {
  readonly log: Log;
  /** Aborting it ends the agent: last counts are exported, programs detached. */
  readonly signal: AbortSignal;
  /** A pipeline for one viewer: no lock, no control socket, no export. */
  readonly isPrivate?: boolean;
  readonly onReady?: (source: FrameSource) => void;
}

const EXPORT_OFF = { state: 'off', endpoint: undefined, queuedBytes: 0, detail: undefined } as const;
/** Still needed once the programs are attached: other processes' /proc; network namespaces and their tables. */
const KEPT_CAPABILITIES = ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH', 'CAP_SYS_ADMIN', 'CAP_NET_ADMIN'];
const FRAME_MS = 1000;
/** Without an exporter what ended must be let go all the same. */
const UNEXPORTED_MS = 60_000;

type Closer = () => void | Promise<void>;

/**
 * The one file that wires the stages: kernel → probe → decode → identify → aggregate → export. Runs until
 * `deps.signal` aborts; throws a `SondeError` when the host or the configuration does not allow a start.
 */
export async function runAgent(config: Config, deps: AgentDeps): Promise<void> {
  const closers: Closer[] = [];
  try {
    await startStages(config, deps, (closer) => closers.unshift(closer));
    await aborted(deps.signal);
  } finally {
    for (const close of closers) await close();
  }
  deps.log.info('self', 'ended');
}

/** `onClose` registers what ends a part; parts end in the reverse order, also when a later one fails to start. */
async function startStages(config: Config, deps: AgentDeps, onClose: (closer: Closer) => void): Promise<void> {
  const { log, isPrivate = false } = deps;
  if (!isPrivate) onClose(lockDataDir(config.dataDir).release);
  const clock = createSystemClock(config.procDir);
  const ledger = createLedger();
  const host = readHostIdentity(config);

  const probe = await createKernelProbe(
    {
      level: config.syscalls,
      scope: config.scope,
      cgroupRoot: config.cgroupRoot,
      cgroupDir: config.cgroupDir,
      procDir: config.procDir,
    },
    { clock },
  );
  onClose(probe.close);
  for (const program of probe.programs) {
    if (program.code)
      log.warn('probe', `${program.code} ${program.name}: ${program.reason} (lost: ${program.purpose})`);
  }
  const samplers = createSamplers(config, { probe, clock, ledger });
  onClose(samplers.end);

  const aggregate = createAggregate(
    {
      hostResource: host.attributes,
      attachedMs: probe.attachedMs,
      seriesPerContainer: config.seriesPerContainer,
    },
    { classes: CLASS_NAMES, areas: AREA_NAMES, operations: OPERATION_NAMES },
    { readings: samplers, clock, ledger },
  );

  const identify = createIdentify(
    config,
    { clock, ledger, log, probe, host },
    {
      opened(container) {
        samplers.open(targetOf(container));
        aggregate.opened(container);
        flows.containerOpened(container);
      },
      push: aggregate.push,
      closed(container, isFilteredOut, release) {
        flows.containerClosed(container, isFilteredOut);
        aggregate.closed(container, isFilteredOut, () => {
          samplers.close(container.slot);
          release();
        });
      },
    },
  );

  const decode = createDecode({ ledger }, identify.push, (fact) => flows.push(fact));
  const flows: FlowPipeline = createFlowPipeline(
    {
      probe,
      clock,
      ledger,
      log,
      procDir: config.procDir,
      decode: decode.push,
      spans:
        config.traces && !isPrivate ? { config: config.spans, next: (spans) => outlet?.pushSpans(spans) } : undefined,
    },
    aggregate,
  );
  probe.onRecords(decode.push);
  identify.start();
  await flows.start();
  onClose(identify.close);

  const outlet: Outlet | undefined = isPrivate
    ? undefined
    : await openOutlet(config, {
        clock,
        ledger,
        log,
        host: host.attributes,
        readings: () => ({
          containers: frames.containerCount(),
          programs: probe.programs,
          fill: probe.fill(),
          queueBytes: outlet?.queuedBytes() ?? 0,
          frameLagS: ticks.lagS(),
        }),
      });
  if (outlet) {
    onClose(async () => {
      outlet.pushMetrics(aggregate.collect(clock.wallMs()));
      await outlet.close();
    });
  }

  onClose(flows.close);

  const status = createStatus({
    isAgent: !isPrivate,
    hostName: host.name,
    kernelRelease: release(),
    cpus: cpus().length,
    syscalls: config.syscalls,
    programs: probe.programs,
    exportState: () => outlet?.state() ?? EXPORT_OFF,
    lost: samplers.lost,
  });
  const flowView = () => aggregate.flowView(clock.wallMs());
  const frames = createFrameHub(status, flowView);
  const control = isPrivate
    ? undefined
    : await createControl({
        dataDir: config.dataDir,
        ledger,
        log,
        handlers: {
          health: () => ({ ok: frames.isFresh(clock.wallMs()) }),
          status,
          doctor: () => ({
            programs: probe.programs,
            hierarchy: probe.hierarchy,
            fill: probe.fill(),
            drops: probe.drops(),
          }),
          flows: flowView,
        },
      });
  if (control) onClose(control.close);

  const ticks = startTicks(clock, [
    {
      periodMs: FRAME_MS,
      run(nowMs) {
        identify.tick(nowMs);
        if (frames.isWatched() || control?.isWatched()) aggregate.refreshDetail(nowMs);
        const frame = aggregate.tick(nowMs);
        frames.push(frame);
        control?.pushFrame(frame);
        for (const [reason, count] of Object.entries(frame.lost)) ledger.count('probe', 'dropped', reason, count);
        outlet?.tick(nowMs);
      },
    },
    {
      periodMs: config.metrics?.intervalMs ?? UNEXPORTED_MS,
      run(nowMs) {
        const batch = aggregate.collect(nowMs);
        outlet?.pushMetrics(batch);
      },
    },
    flows.task,
  ]);

  onClose(ticks.stop);

  if (!isPrivate) dropCapabilities(probe, log);
  const loaded = probe.programs.filter((program) => program.isLoaded).length;
  log.info('probe', `${loaded} programs attached, containers below ${config.cgroupRoot}, syscalls ${config.syscalls}`);
  log.info('export', config.metrics ? `to ${config.metrics.endpoint} every ${config.metrics.intervalMs} ms` : 'off');
  if (config.traces) log.info('export', `spans to ${config.traces.endpoint}`);
  log.info('self', 'ready');
  deps.onReady?.(frames);
}

/** Running on with more than needed is worse than without, but better than not at all: it is said, not fatal. */
function dropCapabilities(probe: KernelProbe, log: Log): void {
  try {
    log.info('probe', `capabilities kept: ${probe.dropCapabilities(KEPT_CAPABILITIES).join(' ') || 'none'}`);
  } catch (error) {
    log.warn('probe', describeError(error));
  }
}

const targetOf = ({ slot, cgroupPath, initPid }: Container) => ({ slot, cgroupPath, pid: initPid });

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

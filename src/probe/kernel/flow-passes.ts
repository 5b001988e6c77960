import type { Clock } from '../../model/clock.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { KernelProbe } from '../probe.ts';

/** A full pass finds flows whose records were lost; the others cost only what changed. */
const FULL_EVERY_MS = 10_000;
const PERIOD_MS = 1_000;
/** Share of one CPU that passes may take; beyond, they come later. */
const CPU_RATIO = 0.05;

export interface FlowPasses {
  /** Attaches the iterators, which later may need more rights than are left. */
  first(): Promise<void>;
  /** At least once a second. */
  tick(): void;
  /** One last full pass, after those that run. */
  close(): Promise<void>;
  /** For `doctor`: how long the last full pass took, and how often passes come now. */
  state(): { readonly fullPassMs: number | undefined; readonly periodMs: number };
}

export interface FlowPassSink {
  push(records: Uint8Array): void;
  /** `startedMs`: every flow that was open then was named. */
  fullPassEnded(startedMs: number): void;
}

/** Reads flows that live: once a second what changed, every ten seconds all. */
export function createFlowPasses(
  probe: Pick<KernelProbe, 'readFlows'>,
  deps: { clock: Clock; ledger: Ledger },
  next: FlowPassSink,
): FlowPasses {
  const { clock, ledger } = deps;
  let running: Promise<void> | undefined;
  let nextAtMs = 0;
  let nextFullAtMs = clock.monotonicMs() + FULL_EVERY_MS;
  let periodMs = PERIOD_MS;
  let fullPassMs: number | undefined;

  const run = async (isFull: boolean): Promise<void> => {
    const beganMs = clock.monotonicMs();
    const startedMs = clock.wallMs();
    try {
      next.push(await probe.readFlows(isFull));
      if (isFull) next.fullPassEnded(startedMs);
    } catch {
      ledger.count('probe', 'dropped', 'flow-pass');
    }
    const tookMs = clock.monotonicMs() - beganMs;
    if (isFull) fullPassMs = tookMs;
    else periodMs = Math.max(PERIOD_MS, tookMs / CPU_RATIO);
    if (periodMs > PERIOD_MS) ledger.count('probe', 'shed', 'flow-pass-late');
  };

  const start = (isFull: boolean): void => {
    const nowMs = clock.monotonicMs();
    if (isFull) nextFullAtMs = nowMs + FULL_EVERY_MS;
    nextAtMs = nowMs + periodMs;
    running = run(isFull).finally(() => {
      running = undefined;
    });
  };

  return {
    first: () => run(false),
    tick() {
      const nowMs = clock.monotonicMs();
      if (running === undefined && nowMs >= nextAtMs) start(nowMs >= nextFullAtMs);
    },
    async close() {
      await running;
      await run(true);
    },
    state: () => ({ fullPassMs, periodMs }),
  };
}

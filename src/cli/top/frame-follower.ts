import type { Frame } from '../../model/frame.ts';
import type { FrameSource } from '../../model/frame-source.ts';
import { createFlowRates } from '../flows/flow-rates.ts';
import { hostCpuRatio } from './host.ts';
import { createCpuTrend } from './trend.ts';
import type { FlowModel, ViewModel } from './view-model.ts';

/** Turns frames as they come into what the view shows; paused, it keeps the picture and goes on counting. */
export interface FrameFollower {
  model(): ViewModel;
  setPaused(isPaused: boolean): void;
  /** Flows are read only while they are looked at. */
  setFlowsWanted(areWanted: boolean): void;
  onChange(callback: () => void): void;
  close(): void;
}

export function createFrameFollower(source: FrameSource): FrameFollower {
  const trend = createCpuTrend();
  let previous: Frame | undefined;
  let latest: Frame | undefined;
  let cpuRatio: number | undefined;
  let held: ViewModel | undefined;
  let notify = () => {};

  let areFlowsWanted = false;
  let isReading = false;
  let rates = createFlowRates();
  let flows: FlowModel | undefined;

  const readFlows = async () => {
    if (isReading || !areFlowsWanted) return;
    isReading = true;
    try {
      const view = await source.readFlows();
      flows = { lines: rates.push(view), hiddenRows: view.hiddenRows, lostConnections: view.lostConnections };
      notify();
    } catch {
      // No answer: frames stop as well, and their outage says why. The last picture stays.
    } finally {
      isReading = false;
    }
  };

  const stop = source.onFrame((frame) => {
    previous = latest;
    latest = frame;
    cpuRatio = hostCpuRatio(previous?.host, frame.host) ?? cpuRatio;
    trend.push(frame);
    notify();
    void readFlows();
  });
  const current = (): ViewModel => ({
    frame: latest,
    status: source.status(),
    outage: source.outage(),
    hostCpuRatio: cpuRatio,
    cpuTrend: trend.values,
    flows,
  });
  return {
    // The outage is never held: a picture that stands still must say so for the right reason.
    model: () => (held ? { ...held, outage: source.outage(), flows: held.flows ?? flows } : current()),
    setPaused(isPaused) {
      held = isPaused ? current() : undefined;
    },
    setFlowsWanted(areWanted) {
      if (areWanted && !areFlowsWanted) rates = createFlowRates();
      areFlowsWanted = areWanted;
      void readFlows();
    },
    onChange(callback) {
      notify = callback;
    },
    close: stop,
  };
}

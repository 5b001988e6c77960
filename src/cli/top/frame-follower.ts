import type { Frame } from '../../model/frame.ts';
import type { FrameSource } from '../../model/frame-source.ts';
import { hostCpuRatio } from './host.ts';
import { createCpuTrend } from './trend.ts';
import type { ViewModel } from './view-model.ts';

/** Turns frames as they come into what the view shows; paused, it keeps the picture and goes on counting. */
export interface FrameFollower {
  model(): ViewModel;
  setPaused(isPaused: boolean): void;
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

  const stop = source.onFrame((frame) => {
    previous = latest;
    latest = frame;
    cpuRatio = hostCpuRatio(previous?.host, frame.host) ?? cpuRatio;
    trend.push(frame);
    notify();
  });
  const current = (): ViewModel => ({
    frame: latest,
    status: source.status(),
    outage: source.outage(),
    hostCpuRatio: cpuRatio,
    cpuTrend: trend.values,
  });
  return {
    // The outage is never held: a picture that stands still must say so for the right reason.
    model: () => (held ? { ...held, outage: source.outage() } : current()),
    setPaused(isPaused) {
      held = isPaused ? current() : undefined;
    },
    onChange(callback) {
      notify = callback;
    },
    close: stop,
  };
}

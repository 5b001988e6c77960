import type { FlowView } from '../model/flow-view.ts';
import type { Frame } from '../model/frame.ts';
import type { FrameSource, SourceStatus } from '../model/frame-source.ts';

/** A frame older than this means that the pipeline stands still. */
const STALE_MS = 10_000;

/** Hands each frame to whoever looks in this process. */
export interface FrameHub extends FrameSource {
  push(frame: Frame): void;
  isWatched(): boolean;
  isFresh(nowMs: number): boolean;
  containerCount(): number;
}

export function createFrameHub(status: () => SourceStatus, flows: () => FlowView): FrameHub {
  const callbacks = new Set<(frame: Frame) => void>();
  let last: Frame | undefined;
  return {
    onFrame(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    status,
    outage: () => undefined,
    readFlows: async () => flows(),
    push(frame) {
      last = frame;
      for (const callback of callbacks) callback(frame);
    },
    isWatched: () => callbacks.size > 0,
    isFresh: (nowMs) => last !== undefined && nowMs - last.timeMs < STALE_MS,
    containerCount: () => last?.containers.length ?? 0,
  };
}

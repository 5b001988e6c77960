import type { Frame } from '../../model/frame.ts';
import type { SourceStatus } from '../../model/frame-source.ts';

/** Everything one picture is made from, besides the user's choices and the size. */
export interface ViewModel {
  /** Undefined before the first one. */
  readonly frame: Frame | undefined;
  readonly status: SourceStatus | undefined;
  readonly outage: string | undefined;
  /** Share of the host's CPUs in use; needs two frames. */
  readonly hostCpuRatio: number | undefined;
  /** CPU of the last seconds by container key, oldest first. */
  readonly cpuTrend: ReadonlyMap<string, readonly number[]>;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

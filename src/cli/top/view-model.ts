import type { FlowView } from '../../model/flow-view.ts';
import type { Frame } from '../../model/frame.ts';
import type { SourceStatus } from '../../model/frame-source.ts';
import type { FlowLine } from '../flows/flow-line.ts';

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
  /** Undefined until somebody wants to see them. */
  readonly flows: FlowModel | undefined;
}

export interface FlowModel extends Pick<FlowView, 'hiddenRows' | 'lostConnections'> {
  readonly lines: readonly FlowLine[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

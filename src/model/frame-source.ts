import type { FlowView } from './flow-view.ts';
import type { Frame } from './frame.ts';

/** Where live frames come from: the agent in this process, a private pipeline, or the agent's control socket. */
export interface FrameSource {
  /** The callback runs for every frame until the returned function is called. */
  onFrame(callback: (frame: Frame) => void): () => void;
  /** What is known about the agent now; undefined until its first word. */
  status(): SourceStatus | undefined;
  /** Undefined while frames arrive; else why they do not, e.g. while the agent restarts. */
  outage(): string | undefined;
  /** Flows as they are booked now. Rejects with a coded error while the agent does not answer. */
  readFlows(): Promise<FlowView>;
}

/** The agent's own state, shown beside its frames. */
export interface SourceStatus {
  readonly version: string;
  readonly agentPid: number;
  /** False for a pipeline that lives only as long as this view and exports nothing. */
  readonly isAgent: boolean;
  readonly hostName: string;
  readonly kernelRelease: string;
  readonly cpus: number;
  readonly syscalls: 'off' | 'count' | 'latency';
  readonly rssBytes: number;
  readonly programsLoaded: number;
  readonly programsTotal: number;
  readonly exportState: ExportState;
  /** Records lost since the agent started, all reasons together. */
  readonly lostTotal: number;
}

export interface ExportState {
  /** `off`: no endpoint is set; `starting`: nothing was sent yet; `failing`: the last attempt failed. */
  readonly state: 'off' | 'starting' | 'ok' | 'failing';
  readonly endpoint: string | undefined;
  /** Bytes not yet delivered. */
  readonly queuedBytes: number;
  /** Why it fails, with its code. */
  readonly detail: string | undefined;
}

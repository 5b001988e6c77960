import { VERSION } from '../generated/version.ts';
import type { ExportState, SourceStatus } from '../model/frame-source.ts';

export interface StatusInputs {
  readonly isAgent: boolean;
  readonly hostName: string;
  readonly kernelRelease: string;
  readonly cpus: number;
  readonly syscalls: SourceStatus['syscalls'];
  readonly programs: readonly { readonly isLoaded: boolean; readonly code: string | undefined }[];
  readonly exportState: () => ExportState;
  /** Lost by reason, cumulative. */
  readonly lost: () => Readonly<Record<string, number>>;
}

/** What the agent says about itself beside its frames. A program the level does not want is no loss. */
export function createStatus(inputs: StatusInputs): () => SourceStatus {
  const { isAgent, hostName, kernelRelease, cpus, syscalls, programs, exportState, lost } = inputs;
  const wanted = programs.filter((program) => program.isLoaded || program.code !== undefined);
  return () => ({
    version: VERSION,
    agentPid: process.pid,
    isAgent,
    hostName,
    kernelRelease,
    cpus,
    syscalls,
    rssBytes: process.memoryUsage.rss(),
    programsLoaded: wanted.filter((program) => program.isLoaded).length,
    programsTotal: wanted.length,
    exportState: exportState(),
    lostTotal: Object.values(lost()).reduce((sum, count) => sum + count, 0),
  });
}

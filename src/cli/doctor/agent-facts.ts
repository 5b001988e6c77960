import type { SourceStatus } from '../../model/frame-source.ts';
import type { Hierarchy, KernelProbe, ProgramState } from '../../probe/probe.ts';

/** What the kernel side says about itself. */
export interface KernelFacts {
  readonly programs: readonly ProgramState[];
  readonly hierarchy: Hierarchy;
  readonly drops: Readonly<Record<string, number>>;
  readonly fill: Readonly<Record<string, number>>;
}

/** The agent's answer to `GET /api/v1/doctor`. */
export interface AgentFacts extends KernelFacts {
  readonly status: SourceStatus;
}

export function kernelFacts(probe: Pick<KernelProbe, 'programs' | 'hierarchy' | 'drops' | 'fill'>): KernelFacts {
  return { programs: probe.programs, hierarchy: probe.hierarchy, drops: probe.drops(), fill: probe.fill() };
}

/** Undefined when the answer is not that of an agent of this version. */
export function parseAgentFacts(value: Partial<Record<keyof AgentFacts, unknown>>): AgentFacts | undefined {
  const { programs, hierarchy, drops, fill, status } = value;
  if (!Array.isArray(programs) || !isRecord(hierarchy) || !isRecord(drops) || !isRecord(fill)) return undefined;
  if (!isRecord(status) || !isRecord(status['exportState'])) return undefined;
  const hasNumbers = typeof status['agentPid'] === 'number' && typeof status['rssBytes'] === 'number';
  return hasNumbers ? (value as unknown as AgentFacts) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

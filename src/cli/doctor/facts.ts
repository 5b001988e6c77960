import type { Config } from '../../config/config.ts';
import { SondeError } from '../../errors/sonde-error.ts';
import type { KernelProbe } from '../../probe/probe.ts';
import { connectControl } from '../../self/control/client.ts';
import { type AgentFacts, type KernelFacts, kernelFacts, parseAgentFacts } from './agent-facts.ts';
import type { Check } from './check.ts';
import { kernelMemoryCheck } from './checks/kernel-memory.ts';

/** Loads the BPF programs, confined to the configured cgroup; the caller closes it. */
export type OpenProbe = () => Promise<KernelProbe>;

/** What is known of the kernel side: from the running agent, from programs loaded for a moment, or why not. */
export type Facts =
  | { readonly from: 'agent'; readonly kernel: AgentFacts; readonly memory: Check }
  | { readonly from: 'private'; readonly kernel: KernelFacts; readonly memory: Check }
  | { readonly from: 'nothing'; readonly error: unknown };

export async function gatherFacts(config: Config, openProbe: OpenProbe): Promise<Facts> {
  try {
    const client = await connectControl(config.dataDir);
    const kernel = parseAgentFacts(await client.doctor());
    if (!kernel) throw new SondeError('SND_AGT_CONTROL_ANSWER', 'no facts in it');
    return { from: 'agent', kernel, memory: kernelMemoryCheck(config.procDir, kernel.status.agentPid) };
  } catch (error) {
    if (!(error instanceof SondeError) || !NO_AGENT.has(error.code)) return { from: 'nothing', error };
  }
  try {
    const probe = await openProbe();
    try {
      return { from: 'private', kernel: kernelFacts(probe), memory: kernelMemoryCheck(config.procDir, process.pid) };
    } finally {
      probe.close();
    }
  } catch (error) {
    return { from: 'nothing', error };
  }
}

/** Then the programs are tried by ourselves; a user the socket refuses learns more from that, too. */
const NO_AGENT = new Set(['SND_AGT_NOT_RUNNING', 'SND_AGT_CONTROL_DENIED', 'SND_AGT_CONTROL_SOCKET']);

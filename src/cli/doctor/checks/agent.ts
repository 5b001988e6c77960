import type { Config } from '../../../config/config.ts';
import type { SourceStatus } from '../../../model/frame-source.ts';
import { formatBytes } from '../../format.ts';
import type { AgentFacts } from '../agent-facts.ts';
import { type Check, finding, ok } from '../check.ts';

const RSS_BUDGET_BYTES = 200 * 1024 * 1024;

/** The agent that runs, its memory and its export. */
export function agentChecks({ status }: AgentFacts): Check[] {
  const { agentPid, version, rssBytes } = status;
  const memory = `${formatBytes(rssBytes)} resident, limit ${formatBytes(RSS_BUDGET_BYTES)}`;
  return [
    ok('agent.running', 'Agent', `process ${agentPid}, version ${version}`),
    rssBytes <= RSS_BUDGET_BYTES
      ? ok('budget.rss', 'Memory', memory)
      : finding('warn', 'SND_AGT_MEMORY', 'budget.rss', 'Memory', memory),
    exportCheck(status),
  ];
}

function exportCheck({ exportState }: SourceStatus): Check {
  const { state, endpoint, queuedBytes, detail } = exportState;
  const id = 'export.state';
  if (state === 'off') return ok(id, 'Export', 'off');
  if (state !== 'failing') return ok(id, 'Export', state === 'ok' ? `delivers to ${endpoint}` : 'nothing was due yet');
  const waiting = `${formatBytes(queuedBytes)} wait`;
  return finding(
    'fail',
    'SND_EXP_UNREACHABLE',
    id,
    'Export',
    `${endpoint}: ${detail ?? 'the last attempt failed'}; ${waiting}`,
  );
}

/** Settings that take something away; the level is the running agent's where there is one. */
export function settingChecks(config: Pick<Config, 'scope' | 'cgroupRoot'>, syscalls: Config['syscalls']): Check[] {
  const scope = config.scope === 'host' ? 'containers and services of the host' : 'containers';
  const where = config.cgroupRoot === '/' ? '' : ` below cgroup ${config.cgroupRoot}`;
  const level = `SONDE_SYSCALLS=${syscalls}`;
  return [
    ok('setting.scope', 'Scope', `${scope}${where}`),
    syscalls === 'off'
      ? finding(
          'warn',
          'SND_AGT_FILE_METRICS',
          'setting.syscalls',
          'Syscalls',
          `${level}: no syscall, file or hot-file metrics`,
        )
      : ok('setting.syscalls', 'Syscalls', level),
  ];
}

import { cpus, hostname, release } from 'node:os';
import type { WriteStream } from 'node:tty';
import type { Config } from '../../config/config.ts';
import { SondeError } from '../../errors/sonde-error.ts';
import { EXIT_FAILED, EXIT_HOST, EXIT_OK } from '../exit-code.ts';
import { themeOf } from '../top/render/theme.ts';
import { type Check, finding, ok } from './check.ts';
import { agentChecks, settingChecks } from './checks/agent.ts';
import { capabilityCheck, readCapabilities } from './checks/capabilities.ts';
import { cgroupCheck } from './checks/cgroup.ts';
import { dataDirCheck } from './checks/data-dir.ts';
import { endpointCheck } from './checks/endpoint.ts';
import { kernelChecks } from './checks/kernel.ts';
import { lossCheck, probeFailure, programChecks } from './checks/programs.ts';
import { runtimeChecks } from './checks/runtimes.ts';
import { type Facts, gatherFacts, type OpenProbe } from './facts.ts';
import { reportJson, reportText } from './report.ts';

export interface DoctorDeps {
  readonly json: boolean;
  readonly stdout: Pick<WriteStream, 'write' | 'columns' | 'isTTY'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Used when no agent can be asked. */
  readonly openProbe: OpenProbe;
  /** What the kernel says; only tests change it. */
  readonly host?: Partial<HostFiles>;
}

/** Where the host's own facts are read. */
export interface HostFiles {
  readonly release: string;
  readonly btfPath: string;
  readonly lockdownPath: string;
  readonly statusPath: string;
}

const DEFAULT_COLUMNS = 100;

/** `sonde doctor`: 0 all in order or warnings only, 1 something failed, 3 the host can't be supported. */
export async function runDoctor(config: Config, deps: DoctorDeps): Promise<number> {
  const host: HostFiles = {
    release: release(),
    btfPath: '/sys/kernel/btf/vmlinux',
    lockdownPath: '/sys/kernel/security/lockdown',
    statusPath: '/proc/self/status',
    ...deps.host,
  };
  const checks = await runChecks(config, host, deps.openProbe);
  const exitCode = exitCodeOf(checks);
  const name = `${config.hostName ?? hostname()}, Linux ${host.release}, ${cpus().length} CPUs`;
  const report = { host: name, checks, exitCode };
  const theme = themeOf(deps.env, Boolean(deps.stdout.isTTY));
  const text = deps.json ? reportJson(report) : reportText(report, deps.stdout.columns || DEFAULT_COLUMNS, theme);
  await new Promise<void>((resolve, reject) => {
    deps.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
  return exitCode;
}

async function runChecks(config: Config, host: HostFiles, openProbe: OpenProbe): Promise<Check[]> {
  const kernel = kernelChecks(host.release, host.btfPath, host.lockdownPath);
  const isHopeless = kernel.some(({ isHostUnsupported }) => isHostUnsupported);
  const [facts, runtimes, endpoint] = await Promise.all([
    isHopeless ? undefined : gatherFacts(config, openProbe),
    runtimeChecks(config.dockerHost),
    endpointCheck(config.metrics),
  ]);
  const hierarchy = facts && facts.from !== 'nothing' ? facts.kernel.hierarchy : undefined;
  return [
    ...kernel,
    cgroupCheck(config.cgroupDir, hierarchy),
    // A running agent dropped what it does not need; that its programs run says more.
    ...(facts?.from === 'agent' ? [] : [capabilityCheck(readCapabilities(host.statusPath))]),
    ...(facts ? factChecks(facts) : []),
    ...runtimes,
    endpoint,
    dataDirCheck(config),
    ...settingChecks(config, facts?.from === 'agent' ? facts.kernel.status.syscalls : config.syscalls),
  ];
}

function factChecks(facts: Facts): Check[] {
  switch (facts.from) {
    case 'agent':
      return [...programChecks(facts.kernel), lossCheck(facts.kernel), facts.memory, ...agentChecks(facts.kernel)];
    case 'private':
      return [
        ...programChecks(facts.kernel),
        facts.memory,
        ok('agent.running', 'Agent', 'none runs; programs were loaded for this check and removed'),
      ];
    case 'nothing':
      return [isAgentTrouble(facts.error) ? agentTrouble(facts.error) : probeFailure(facts.error)];
  }
}

/** An agent runs but could not be asked: nothing is wrong with the kernel. */
function isAgentTrouble(error: unknown): error is SondeError {
  return error instanceof SondeError && error.code.startsWith('SND_AGT_');
}

function agentTrouble(error: SondeError): Check {
  return finding('fail', error.code, 'agent.running', 'Agent', error.message);
}

function exitCodeOf(checks: readonly Check[]): number {
  if (checks.some(({ isHostUnsupported }) => isHostUnsupported)) return EXIT_HOST;
  return checks.some(({ status }) => status === 'fail') ? EXIT_FAILED : EXIT_OK;
}

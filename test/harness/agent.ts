import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './wait.ts';

export interface AgentProcess {
  readonly dataDir: string;
  readonly pid: number;
  /** Everything it logged so far. */
  log(): string;
  /** Ends it as an operator would; resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

export interface AgentOptions {
  /** Required, so that no test can ever see more than its own containers. */
  readonly cgroupRoot: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** False: return at once instead of waiting for the programs to be attached. */
  readonly waitsForReady?: boolean;
}

/** The real agent in a process of its own, confined in the kernel to the test's cgroup. */
export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sonde-agent-'));
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|SONDE_|NODE_TEST)/.test(name)),
  );
  const child = spawn('scripts/sonde', options.args ?? ['run'], {
    env: {
      ...inherited,
      SONDE_CGROUP_ROOT: options.cgroupRoot,
      SONDE_DATA_DIR: dataDir,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = exitCodeOf(child);
  let code: number | undefined;
  void exited.then((value) => {
    code = value;
  });
  const agent: AgentProcess = {
    dataDir,
    pid: child.pid ?? 0,
    log: () => text,
    async stop(signal = 'SIGTERM') {
      if (code === undefined) child.kill(signal);
      const result = await exited;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return result;
    },
  };
  if (options.waitsForReady !== false) {
    const state = () => (code === undefined ? text : `ended with ${code}: ${text}`);
    await waitUntil(
      'the agent to be ready',
      state,
      (seen) => /\bready\b/.test(seen) || seen.startsWith('ended'),
      30_000,
    );
    if (code !== undefined) throw new Error(state());
  }
  return agent;
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

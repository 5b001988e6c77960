import type { Config } from '../config/config.ts';
import { SondeError } from '../errors/sonde-error.ts';
import type { FrameSource } from '../model/frame-source.ts';
import { createLog } from '../self/log.ts';
import type { CliDeps } from './cli-deps.ts';
import { type OpenedSource, runTop } from './top/index.ts';

/** The last lines are enough to see why something failed while the screen was in use. */
const KEPT_LINES = 200;

/** `sonde` on a terminal with nothing configured: the agent in this process, and its view. Quitting ends both. */
export async function runWithTop(config: Config, deps: CliDeps): Promise<number> {
  const agent = await startAgent(config, deps.writeError, false);
  try {
    const signal = AbortSignal.any([deps.signal, agent.ended]);
    return await runTop(config, {
      signal,
      stdin: deps.stdin,
      stdout: deps.stdout,
      env: deps.env,
      mode: 'live',
      source: agent,
    });
  } finally {
    await agent.close();
  }
}

/** For `sonde top` where no agent runs: the same pipeline, without lock, control socket and export. */
export async function openPrivateSource(config: Config, writeError: (text: string) => void): Promise<OpenedSource> {
  return startAgent({ ...config, metrics: undefined }, writeError, true);
}

interface RunningAgent extends OpenedSource {
  /** Aborted when the agent ended by itself. */
  readonly ended: AbortSignal;
  /** Ends it, says what it logged, and throws what it failed with. */
  close(): Promise<void>;
}

/** Resolves with the agent's frames once there are any. */
async function startAgent(
  config: Config,
  writeError: (text: string) => void,
  isPrivate: boolean,
): Promise<RunningAgent> {
  const { runAgent } = await import('../pipeline.ts');
  const lines: string[] = [];
  // Lines wait until the screen is free again; by then only trouble is worth reading.
  const log = createLog(config.logLevel === 'error' ? 'error' : 'warn', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  const stop = new AbortController();
  const ended = new AbortController();
  const ready = Promise.withResolvers<FrameSource>();
  const failure: Promise<unknown> = runAgent(config, { log, signal: stop.signal, isPrivate, onReady: ready.resolve })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => ended.abort());
  const close = async (): Promise<void> => {
    stop.abort();
    const error = await failure;
    writeError(lines.join(''));
    if (error !== undefined) throw error;
  };
  const source = await Promise.race([ready.promise, failure.then(() => undefined)]);
  if (!source) {
    await close();
    throw new SondeError('SND_AGT_ENDED', 'before its first frame');
  }
  return {
    onFrame: (callback) => source.onFrame(callback),
    status: () => source.status(),
    outage: () => source.outage(),
    readFlows: () => source.readFlows(),
    ended: ended.signal,
    close,
  };
}

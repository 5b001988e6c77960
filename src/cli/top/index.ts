import type { ReadStream, WriteStream } from 'node:tty';
import type { Config } from '../../config/config.ts';
import { SondeError } from '../../errors/sonde-error.ts';
import type { FrameSource } from '../../model/frame-source.ts';
import { connectControl } from '../../self/control/client.ts';
import { showLive } from './live-view.ts';
import { frameText, tableText } from './print-once.ts';
import { themeOf } from './render/theme.ts';
import { INITIAL_STATE } from './state.ts';

/** `process.stdout`; its descriptor is written to directly. */
export type Output = WriteStream & { readonly fd: number };

export interface TopDeps {
  readonly signal: AbortSignal;
  readonly stdin: ReadStream;
  readonly stdout: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `live` on something that is no terminal prints once. */
  readonly mode: 'live' | 'once' | 'json';
  /** An agent in this process; then no other one is asked. */
  readonly source?: FrameSource;
  /** Starts a private pipeline when no agent runs. */
  readonly openSource?: () => Promise<OpenedSource>;
}

export interface OpenedSource extends FrameSource {
  close(): void | Promise<void>;
}

/** Width of the table where no terminal sets one: every column, names and images whole. */
const UNBOUNDED_COLUMNS = 240;

/** `sonde top`; the result is the exit code. */
export async function runTop(config: Config, deps: TopDeps): Promise<number> {
  if (deps.source) return show(deps.source, deps);
  const source = await openFrameSource(config, deps.openSource);
  try {
    return await show(source, deps);
  } finally {
    await source.close();
  }
}

/** The running agent, else what `otherwise` starts. */
export async function openFrameSource(
  config: Config,
  otherwise: (() => Promise<OpenedSource>) | undefined,
): Promise<OpenedSource> {
  try {
    return (await connectControl(config.dataDir)).openFrames();
  } catch (error) {
    const isAbsent = error instanceof SondeError && error.code === 'SND_AGT_NOT_RUNNING';
    if (!isAbsent || !otherwise) throw error;
    return otherwise();
  }
}

async function show(source: FrameSource, deps: TopDeps): Promise<number> {
  const { stdin, stdout, env, signal } = deps;
  const theme = themeOf(env, Boolean(stdout.isTTY));
  if (deps.mode === 'json') return print(stdout, await frameText(source, signal));
  const isInteractive = deps.mode === 'live' && stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb';
  if (isInteractive) return showLive(source, { stdin, stdout, theme, signal, state: INITIAL_STATE });
  return print(stdout, await tableText(source, stdout.columns || UNBOUNDED_COLUMNS, theme, signal));
}

/** Resolves when written: a pipe may still have to take it when the process wants to exit. */
function print(stdout: Output, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve(0)));
  });
}

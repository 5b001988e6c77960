import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream } from 'node:tty';
import type { Config } from '../../config/config.ts';
import type { FrameSource } from '../../model/frame-source.ts';
import { EXIT_OK } from '../exit-code.ts';
import { type OpenedSource, type Output, openFrameSource } from '../top/index.ts';
import { showLive } from '../top/live-view.ts';
import { themeOf } from '../top/render/theme.ts';
import { INITIAL_STATE } from '../top/state.ts';
import { createFlowRates } from './flow-rates.ts';
import { flowJsonLines, flowText } from './print.ts';

export interface FlowsDeps {
  readonly signal: AbortSignal;
  readonly stdin: ReadStream;
  readonly stdout: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writeError: (text: string) => void;
  readonly isJson: boolean;
  readonly isWatching: boolean;
  /** Starts a private pipeline when no agent runs. */
  readonly openSource: () => Promise<OpenedSource>;
}

const PERIOD_MS = 1_000;
/** A pipeline that has just begun finds old connections first, then looks 5 s for their other ends. */
const SETTLE_MS = 6_500;

/** `sonde flows`; the result is the exit code. */
export async function runFlows(config: Config, deps: FlowsDeps): Promise<number> {
  const { signal, stdin, stdout, env, isWatching, isJson, writeError } = deps;
  const isLive = isWatching && !isJson && stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb';
  let isPrivate = false;
  const source = await openFrameSource(config, async () => {
    isPrivate = true;
    return deps.openSource();
  });
  try {
    if (isLive) {
      const theme = themeOf(env, true);
      return await showLive(source, { stdin, stdout, theme, signal, state: { ...INITIAL_STATE, page: 'flows' } });
    }
    if (isPrivate) {
      writeError(`no agent runs here; looking for connections for ${SETTLE_MS / PERIOD_MS} s\n`);
      await pause(SETTLE_MS, signal);
    }
    await printFlows(source, deps);
    return EXIT_OK;
  } finally {
    await source.close();
  }
}

/** Once, or every second until the signal. */
async function printFlows(source: FrameSource, deps: FlowsDeps): Promise<void> {
  const { signal, stdout, env, isJson, isWatching, writeError } = deps;
  const theme = themeOf(env, Boolean(stdout.isTTY));
  const rates = createFlowRates();
  for (let isFirst = true; isFirst || (isWatching && !signal.aborted); isFirst = false) {
    const view = await source.readFlows();
    const lines = rates.push(view);
    const text = isJson ? flowJsonLines(lines, view) : flowText(lines, view, stdout.columns, theme);
    await print(stdout, isFirst || isJson ? text : `\n${text}`);
    if (isJson && view.hiddenRows > 0) writeError(`${view.hiddenRows} more rows are not shown\n`);
    if (isWatching) await pause(PERIOD_MS, signal);
  }
}

/** Resolves when written: a pipe may still have to take it when the process wants to exit. */
function print(stdout: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  await sleep(timeMs, undefined, { signal }).catch(() => undefined);
}

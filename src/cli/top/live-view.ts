import type { ReadStream, WriteStream } from 'node:tty';
import type { FrameSource } from '../../model/frame-source.ts';
import { applyKey, type Key } from './actions.ts';
import { createFrameFollower } from './frame-follower.ts';
import { orderedKeys, renderScreen } from './render/screen.ts';
import type { Theme } from './render/theme.ts';
import type { ViewState } from './state.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Pictures a second at most, however many keys and frames arrive. */
const DRAW_PERIOD_MS = 30;
/** Without frames the picture still changes: the outage is shown. */
const IDLE_PERIOD_MS = 1000;

export interface LiveOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream & { readonly fd: number };
  readonly theme: Theme;
  readonly signal: AbortSignal;
  /** What is shown first. */
  readonly state: ViewState;
}

/** Shows frames until the user quits (0), a signal comes (128 + its number) or `signal` aborts (0). */
export function showLive(
  source: FrameSource,
  { stdin, stdout, theme, signal, state: firstState }: LiveOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const follower = createFrameFollower(source);
    let state = firstState;
    follower.setFlowsWanted(state.page === 'flows');
    let topLine = 0;
    let drawTimer: NodeJS.Timeout | undefined;
    let isOver = false;

    const end = (exitCode: number) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(drawTimer);
      clearInterval(idleTimer);
      signal.removeEventListener('abort', onAbort);
      follower.close();
      terminal.restore();
      resolve(exitCode);
    };
    /** A defect in drawing ends the view with the terminal restored, and shows. */
    const guarded = (action: () => void) => {
      try {
        if (!isOver) action();
      } catch (error) {
        end(1);
        reject(error);
      }
    };
    const draw = () => {
      drawTimer = undefined;
      const model = follower.model();
      const screen = renderScreen(model, state, terminal.size(), theme, topLine);
      topLine = screen.topLine;
      terminal.draw(screen.lines);
    };
    const schedule = () => {
      drawTimer ??= setTimeout(() => guarded(draw), DRAW_PERIOD_MS);
    };
    const onKey = (key: Key) => {
      const order = orderedKeys(follower.model(), state);
      const next = applyKey(state, key, { order, pageRows: Math.max(1, terminal.size().rows - 8) });
      if (next === 'quit') return end(0);
      if (next.page !== state.page) {
        topLine = 0;
        follower.setFlowsWanted(next.page === 'flows');
      }
      if (next.isPaused !== state.isPaused) follower.setPaused(next.isPaused);
      state = next;
      schedule();
    };
    const onAbort = () => end(0);

    const terminal: Terminal = openTerminal(stdin, stdout, {
      onKey: (key) => guarded(() => onKey(key)),
      onResize: () => guarded(draw),
      onEnd: end,
    });
    const idleTimer = setInterval(schedule, IDLE_PERIOD_MS);
    follower.onChange(schedule);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return end(0);
    guarded(draw);
  });
}

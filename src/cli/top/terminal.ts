import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Key } from './actions.ts';
import { createScreenWriter } from './screen-writer.ts';
import type { Size } from './view-model.ts';

/** The terminal in raw mode with its alternate screen; restored in every way a process can end but SIGKILL. */
export interface Terminal {
  size(): Size;
  draw(lines: readonly string[]): void;
  restore(): void;
}

export interface TerminalEvents {
  onKey(key: Key): void;
  onResize(): void;
  /** A signal that ends the process, or a terminal that is gone. */
  onEnd(exitCode: number): void;
}

const SIGNALS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130, SIGQUIT: 131 } as const;
/** How long a lone escape may be the beginning of a key sequence. */
const ESCAPE_TIMEOUT_MS = 60;

export function openTerminal(
  stdin: ReadStream,
  stdout: WriteStream & { readonly fd: number },
  events: TerminalEvents,
): Terminal {
  const writer = createScreenWriter(stdout.fd, () => events.onEnd(SIGNALS.SIGHUP));
  const onKeypress = (_: string | undefined, key: { name?: string; sequence?: string; ctrl?: boolean }) => {
    events.onKey({ name: key.name, sequence: key.sequence ?? '', isCtrl: key.ctrl === true });
  };
  const onResize = () => {
    writer.forget();
    events.onResize();
  };
  const onGone = () => events.onEnd(SIGNALS.SIGHUP);
  const handlers = Object.entries(SIGNALS).map(([name, exitCode]) => [name, () => events.onEnd(exitCode)] as const);
  let isRestored = false;
  const restore = () => {
    if (isRestored) return;
    isRestored = true;
    writer.close();
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    stdin.off('keypress', onKeypress).off('end', onGone).off('error', onGone);
    stdin.pause();
    stdout.off('resize', onResize).off('error', onGone);
    for (const [name, handler] of handlers) process.off(name, handler);
    process.off('exit', restore).off('uncaughtExceptionMonitor', restore);
  };

  // The stack trace of a crash belongs on the ordinary screen: restore before it is printed.
  process.on('exit', restore).on('uncaughtExceptionMonitor', restore);
  for (const [name, handler] of handlers) process.on(name, handler);
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_TIMEOUT_MS } as unknown as Parameters<
    typeof emitKeypressEvents
  >[1]);
  stdin.setRawMode(true);
  stdin.on('keypress', onKeypress).on('end', onGone).on('error', onGone);
  stdin.resume();
  stdout.on('resize', onResize).on('error', onGone);

  const size = (): Size => ({ columns: Math.max(1, stdout.columns || 80), rows: Math.max(1, stdout.rows || 24) });
  return { size, draw: (lines) => writer.draw(lines, size().columns), restore };
}

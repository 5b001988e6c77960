import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real terminal to test in: a tmux server of its own, without the user's configuration. */
export interface Tmux {
  keys(...keys: string[]): void;
  resize(columns: number, rows: number): void;
  /** What is on the screen; with `isStyled`, with its escape sequences. */
  screen(isStyled?: boolean): string[];
  /** tmux's own knowledge of the terminal: alternate screen, cursor, … by format. */
  state(format: string): string;
  /** Waits for a picture; fails with the last one. */
  until(what: string, isThere: (lines: string[]) => boolean): Promise<string[]>;
}

const WAIT_MS = 15_000;

/** Runs the command line in a shell of a new terminal. */
export function openTmux(t: TestContext, columns: number, rows: number, env: Readonly<Record<string, string>>): Tmux {
  const server = `sonde-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', server, ...args], { encoding: 'utf8' });
  const size = ['-x', String(columns), '-y', String(rows)];
  const shell = ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'PS1=ready> ', 'sh', '-i'];
  tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'main', ...size, ...shell);
  t.after(() => tmux('kill-server'));
  tmux('set-option', '-g', 'window-size', 'manual');
  const screen = (isStyled = false) =>
    tmux('capture-pane', '-p', ...(isStyled ? ['-e'] : []), '-t', 'main')
      .replace(/\n$/, '')
      .split('\n');
  return {
    keys: (...keys) => tmux('send-keys', '-t', 'main', ...keys),
    resize: (newColumns, newRows) =>
      tmux('resize-window', '-t', 'main', '-x', String(newColumns), '-y', String(newRows)),
    screen,
    state: (format) => tmux('display-message', '-p', '-t', 'main', format).trim(),
    async until(what, isThere) {
      const endMs = performance.now() + WAIT_MS;
      for (;;) {
        const lines = screen();
        if (isThere(lines)) return lines;
        if (performance.now() > endMs) throw new Error(`never came: ${what}\n${lines.join('\n')}`);
        await sleep(50);
      }
    },
  };
}

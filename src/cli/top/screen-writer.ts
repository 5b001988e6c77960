import { write, writeSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './render/text.ts';

/**
 * Draws lines on a terminal: only those that changed, in one write. The write is asynchronous with one
 * in flight, because a terminal nobody reads would otherwise stop the agent in the same process.
 */
export interface ScreenWriter {
  draw(lines: readonly string[], columns: number): void;
  /** The terminal's content is not known any more (resize): draw everything next time. */
  forget(): void;
  /** Gives the terminal back; synchronous, as it also runs while the process dies. */
  close(): void;
}

/** Alternate screen, hidden cursor, no automatic wrapping: a wrong width can't push lines down. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Terminals that know synchronised updates show the picture at once; others ignore it. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';
const RETRY_MS = 20;
const CLEAR = '\x1b[2J';

export function createScreenWriter(fd: number, onError: () => void): ScreenWriter {
  let shown: string[] | undefined;
  let isWriting = false;
  let isClosed = false;
  let waiting: { readonly lines: readonly string[]; readonly columns: number } | undefined;

  const send = (data: Buffer) => {
    isWriting = true;
    write(fd, data, (error, written) => {
      if (isClosed) return;
      if (error?.code === 'EAGAIN') return void setTimeout(send, RETRY_MS, data).unref();
      if (error) return onError();
      if (written < data.length) return send(data.subarray(written));
      isWriting = false;
      const next = waiting;
      waiting = undefined;
      if (next) draw(next.lines, next.columns);
    });
  };
  const draw = (lines: readonly string[], columns: number) => {
    if (isClosed) return;
    if (isWriting) {
      waiting = { lines, columns };
      return;
    }
    let changes = shown ? '' : CLEAR;
    const before = shown ?? [];
    for (let row = 0; row < Math.max(lines.length, before.length); row++) {
      const line = lines[row] ?? '';
      if (line === (before[row] ?? '')) continue;
      // After a full line the cursor rests on the last cell, which erasing to the end would clear.
      const isFull = widthOf(stripVTControlCharacters(line)) >= columns;
      changes += `\x1b[${row + 1};1H${line}${isFull ? '' : '\x1b[K'}`;
    }
    shown = [...lines];
    if (changes) send(Buffer.from(BEGIN + changes + END));
  };

  writeSync(fd, ENTER);
  return {
    draw,
    forget() {
      shown = undefined;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      try {
        writeSync(fd, END + LEAVE);
      } catch {
        // The terminal is gone: there is nothing to give back.
      }
    },
  };
}

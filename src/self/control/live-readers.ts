import type { ServerResponse } from 'node:http';
import type { Frame } from '../../model/frame.ts';
import type { SourceStatus } from '../../model/frame-source.ts';
import type { Ledger } from '../ledger.ts';
import { frameJson, joinLine, liveLine } from './wire.ts';

/**
 * Readers of the live stream. Each may have one unsent write: while it waits, frames pass the reader by
 * and are counted, so a stopped terminal costs the agent one frame of memory and nothing else.
 */
export interface LiveReaders {
  /** False when no more readers are taken. */
  add(response: ServerResponse): boolean;
  push(frame: Frame): void;
  isWatched(): boolean;
  close(): void;
}

const READERS_LIMIT = 8;
/** A reader that took nothing for this long gives its place up. */
const STALLED_LIMIT_MS = 60_000;

interface Reader {
  readonly response: ServerResponse;
  skippedFrames: number;
  stalledSinceMs: number | undefined;
}

export function createLiveReaders(ledger: Ledger, status: () => SourceStatus): LiveReaders {
  const readers = new Set<Reader>();
  /** The two latest, so that a new reader can show rates of counters at once. */
  let recent: Frame[] = [];

  const send = (reader: Reader, json: string) => {
    if (reader.response.writableLength > 0) return skip(reader);
    reader.stalledSinceMs = undefined;
    reader.response.write(joinLine(json, status(), reader.skippedFrames));
  };
  const skip = (reader: Reader) => {
    const nowMs = performance.now();
    reader.skippedFrames += 1;
    ledger.count('self', 'dropped', 'live_reader_slow');
    reader.stalledSinceMs ??= nowMs;
    if (nowMs - reader.stalledSinceMs > STALLED_LIMIT_MS) reader.response.destroy();
  };

  return {
    add(response) {
      if (readers.size >= READERS_LIMIT) return false;
      const reader: Reader = { response, skippedFrames: 0, stalledSinceMs: undefined };
      readers.add(reader);
      response.on('close', () => readers.delete(reader));
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      response.flushHeaders();
      const lines = recent.map((frame) => liveLine(frame, status(), 0)).join('');
      if (lines) response.write(lines);
      return true;
    },
    push(frame) {
      recent = [...recent.slice(-1), frame];
      if (readers.size === 0) return;
      const json = frameJson(frame);
      for (const reader of readers) send(reader, json);
    },
    isWatched: () => readers.size > 0,
    close() {
      for (const reader of readers) reader.response.end();
      readers.clear();
    },
  };
}

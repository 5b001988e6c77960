import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SondeError } from '../errors/sonde-error.ts';
import { makeDataDir } from './data-dir.ts';

/**
 * One agent per data directory. Node has no flock(2), so SQLite takes the kernel's file lock for us: it
 * dies with the process, also by SIGKILL, and holds across containers that share the directory. The pid
 * is only for the message and lies in a file of its own: opening and closing the locked file anywhere
 * else in this process would release a POSIX lock.
 */
export interface DataDirLock {
  release(): void;
}

const LOCK_FILE = 'agent.lock';
const PID_FILE = 'agent.pid';
const SQLITE_BUSY = 5;
/** Garbage collection closes a database nobody refers to, and with it the lock: seen within 150 ms. */
const held = new Set<DatabaseSync>();

/** Makes the directory if need be; throws SND_AGT_DATA_DIR_LOCKED with the holder's pid. */
export function lockDataDir(dataDir: string): DataDirLock {
  makeDataDir(dataDir);
  const database = acquire(dataDir);
  try {
    writeFileSync(join(dataDir, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    database.close();
    throw unusable(dataDir, cause);
  }
  held.add(database);
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

function acquire(dataDir: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(dataDir, LOCK_FILE));
    // The journal would be a file; nothing is ever written, so it may stay in memory.
    database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) throw new SondeError('SND_AGT_DATA_DIR_LOCKED', `${dataDir} by ${holder(dataDir)}`, { cause });
    throw unusable(dataDir, cause);
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
}

function holder(dataDir: string): string {
  try {
    const pid = Number.parseInt(readFileSync(join(dataDir, PID_FILE), 'utf8').slice(0, 20), 10);
    return Number.isInteger(pid) ? `process ${pid}` : 'another process';
  } catch {
    return 'another process';
  }
}

function unusable(dataDir: string, cause: unknown): SondeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SondeError('SND_AGT_DATA_DIR', `${dataDir}: ${reason}`, { cause });
}

import { mkdirSync } from 'node:fs';
import { SondeError } from '../errors/sonde-error.ts';

/** Makes the directory that holds all state; one that exists keeps its mode. */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SondeError('SND_AGT_DATA_DIR', `${dataDir}: ${reason}`, { cause });
  }
}

import { accessSync, constants, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../../../config/config.ts';
import { formatBytes } from '../../format.ts';
import { type Check, finding, ok } from '../check.ts';

/** Besides the queue: logs of others, and file systems that get slow when nearly full. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** Whether state can be written, without leaving anything behind. */
export function dataDirCheck(config: Pick<Config, 'dataDir' | 'queueLimitBytes'>): Check {
  const id = 'data.dir';
  const title = 'Data directory';
  const { dataDir, queueLimitBytes } = config;
  try {
    const existing = nearest(dataDir);
    const isThere = existing === dataDir;
    if (isThere) tryWrite(dataDir);
    else accessSync(existing, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(existing);
    const freeBytes = bavail * bsize;
    const detail = `${dataDir}${isThere ? '' : ' (will be made)'}: ${formatBytes(freeBytes)} free`;
    const wantedBytes = queueLimitBytes + SPARE_BYTES;
    if (freeBytes >= wantedBytes) return ok(id, title, detail);
    return finding('warn', 'SND_AGT_DISK_SPACE', id, title, `${detail}, ${formatBytes(wantedBytes)} may be needed`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return finding('fail', 'SND_AGT_DATA_DIR', id, title, `${dataDir}: ${reason}`);
  }
}

function nearest(path: string): string {
  let found = path;
  while (!statSync(found, { throwIfNoEntry: false }) && found !== dirname(found)) found = dirname(found);
  return found;
}

function tryWrite(dataDir: string): void {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
  rmSync(probe);
}

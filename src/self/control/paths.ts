import { join } from 'node:path';
import { SondeError } from '../../errors/sonde-error.ts';

/** Face of the control socket: what it answers. All are GET. */
export const HEALTH_PATH = '/healthz';
export const LIVE_PATH = '/api/v1/frames/live';
export const DOCTOR_PATH = '/api/v1/doctor';
export const FLOWS_PATH = '/api/v1/flows';

/** `sun_path` has 108 bytes with its end mark. */
const SOCKET_PATH_LIMIT_BYTES = 107;

export function controlSocketPath(dataDir: string): string {
  const path = join(dataDir, 'control.sock');
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes > SOCKET_PATH_LIMIT_BYTES) {
    throw new SondeError(
      'SND_AGT_CONTROL_SOCKET',
      `${path}: ${sizeBytes} bytes, at most ${SOCKET_PATH_LIMIT_BYTES} fit`,
    );
  }
  return path;
}

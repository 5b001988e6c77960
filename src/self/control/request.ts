import { type IncomingMessage, request } from 'node:http';
import { SondeError } from '../../errors/sonde-error.ts';

/** GET over the agent's socket; the answer's headers have arrived when it resolves. */
export function get(
  socketPath: string,
  path: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, agent: false, ...(signal ? { signal } : {}) }, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    outgoing.on('error', (cause) => {
      clearTimeout(timer);
      reject(connectError(socketPath, cause));
    });
    outgoing.end();
  });
}

const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

/** The whole answer as an object, whatever its status. */
export async function readJson(response: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > ANSWER_LIMIT_BYTES)
      throw new SondeError('SND_AGT_CONTROL_ANSWER', `over ${ANSWER_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SondeError('SND_AGT_CONTROL_ANSWER', `${JSON.stringify(text.slice(0, 60))} is not JSON`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new SondeError('SND_AGT_CONTROL_ANSWER', 'not an object');
  return value as Record<string, unknown>;
}

function connectError(socketPath: string, cause: Error): SondeError {
  const errorCode = 'code' in cause ? cause.code : undefined;
  if (errorCode === 'EACCES' || errorCode === 'EPERM')
    return new SondeError('SND_AGT_CONTROL_DENIED', socketPath, { cause });
  if (errorCode === 'ENOENT' || errorCode === 'ECONNREFUSED')
    return new SondeError('SND_AGT_NOT_RUNNING', socketPath, { cause });
  return new SondeError('SND_AGT_NOT_RUNNING', `${socketPath}: ${cause.message}`, { cause });
}

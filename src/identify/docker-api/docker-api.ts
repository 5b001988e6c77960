import Docker from 'dockerode';
import type { DockerEndpoint } from './docker-host.ts';

/** The version whose answers sonde was written against; asked for where the daemon still speaks it. */
const WANTED = '1.41';
const CONNECT_TIMEOUT_MS = 5_000;
const INSPECT_TIMEOUT_MS = 3_000;
const EVENTS = ['create', 'start', 'die', 'destroy', 'rename'];

/** The read-only calls sonde makes, each with a time limit. */
export interface DockerApi {
  readonly version: string;
  inspect(id: string): Promise<unknown>;
  /** Rejects when the stream can't be opened in time; `sinceS` brings what was missed. */
  events(sinceS: number, controller: AbortController): Promise<NodeJS.ReadableStream>;
}

/** Asks the daemon which versions it speaks. Rejects when it does not answer in time. */
export async function connectDocker(endpoint: DockerEndpoint): Promise<DockerApi> {
  const plain = new Docker(endpoint);
  const answer: unknown = await withTimeout(CONNECT_TIMEOUT_MS, 'version', () => plain.version());
  const version = negotiate(answer);
  const docker = new Docker({ ...endpoint, version: `v${version}` });
  return {
    version,
    inspect: (id) =>
      withTimeout(INSPECT_TIMEOUT_MS, 'inspect', (abortSignal) => docker.getContainer(id).inspect({ abortSignal })),
    events: (sinceS, controller) =>
      withTimeout(
        CONNECT_TIMEOUT_MS,
        'events',
        (abortSignal) =>
          docker.getEvents({ since: sinceS, filters: { type: ['container'], event: EVENTS }, abortSignal }),
        controller,
      ),
  };
}

/** Ours, unless the daemon is older (its newest) or has dropped it (its oldest). */
export function negotiate(answer: unknown): string {
  const { ApiVersion, MinAPIVersion } = (answer ?? {}) as { ApiVersion?: unknown; MinAPIVersion?: unknown };
  const newest = isVersion(ApiVersion) ? ApiVersion : WANTED;
  const oldest = isVersion(MinAPIVersion) ? MinAPIVersion : newest;
  if (compare(WANTED, newest) > 0) return newest;
  return compare(WANTED, oldest) < 0 ? oldest : WANTED;
}

const isVersion = (value: unknown): value is string => typeof value === 'string' && /^\d{1,3}\.\d{1,3}$/.test(value);

function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

/** Whether the daemon answered that it has no such container. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404;
}

/** Races as well as aborts: a call that ignores its signal may not hold the caller. */
async function withTimeout<T>(
  timeoutMs: number,
  what: string,
  call: (signal: AbortSignal) => Promise<T>,
  controller: AbortController = new AbortController(),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer to ${what} within ${timeoutMs} ms`));
      controller.abort();
    }, timeoutMs);
    timer.unref();
  });
  try {
    return await Promise.race([call(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

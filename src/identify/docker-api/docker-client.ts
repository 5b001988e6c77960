import { existsSync } from 'node:fs';
import { describeError, SondeError } from '../../errors/sonde-error.ts';
import { MS_PER_S } from '../../units.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { LookUp, RuntimeClient, RuntimeDeps, RuntimeDetails, RuntimeState } from '../runtimes/runtime.ts';
import { detailsFromInspect, parseEvent } from './details.ts';
import { connectDocker, type DockerApi, isNotFound } from './docker-api.ts';
import { type DockerEndpoint, describeEndpoint } from './docker-host.ts';
import { createLineSplitter } from './event-lines.ts';

/** Details by event, kept for containers that are gone before they can be inspected. */
const MAX_RECENT = 4_096;
const FIRST_BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 30_000;
/** The first stream reaches back, for containers started while sonde was connecting. */
const FIRST_SINCE_S = 30;
/** So many calls without answer in a row: the daemon hangs, ask it no more until it answers again. */
const HANGING_AFTER = 3;

/**
 * One daemon that speaks Docker's API: its event stream and inspect calls. Everything is read-only and
 * limited in time; a daemon that is absent, restarting or hanging is tried again with back-off.
 */
export function createDockerClient(
  options: DockerEndpoint & { readonly name: string },
  deps: RuntimeDeps,
): RuntimeClient {
  const { clock, ledger, log } = deps;
  const { name, ...endpoint } = options;
  const recent = new BoundedMap<string, RuntimeDetails>(MAX_RECENT, () =>
    ledger.count('identify', 'shed', 'runtime-event-cache'),
  );
  let api: DockerApi | undefined;
  let stream: AbortController | undefined;
  let isConnecting = false;
  let isClosed = false;
  let failure: string | undefined;
  let backOffMs = 0;
  let retryAtMs = 0;
  let unanswered = 0;
  let sinceS = Math.floor(clock.wallMs() / MS_PER_S) - FIRST_SINCE_S;

  const isAbsent = (): boolean => endpoint.socketPath !== undefined && !existsSync(endpoint.socketPath);

  const lose = (error: unknown): void => {
    const wasUp = api !== undefined;
    api = undefined;
    stream?.abort();
    stream = undefined;
    unanswered = 0;
    if (isClosed) return;
    backOffMs = wasUp ? FIRST_BACK_OFF_MS : Math.min(MAX_BACK_OFF_MS, Math.max(FIRST_BACK_OFF_MS, backOffMs * 2));
    retryAtMs = clock.monotonicMs() + backOffMs * (0.75 + Math.random() / 2);
    const detail = `${describeEndpoint(endpoint)}: ${reasonOf(error)}`;
    // One line when it goes, not one each try.
    if (failure === undefined && !isAbsent()) {
      log.warn('identify', describeError(new SondeError('SND_IDN_DOCKER_UNREACHABLE', detail, { cause: error })));
    }
    failure = detail;
  };

  const onLine = (line: string): void => {
    const event = parseEvent(name, line);
    if (event === undefined) {
      ledger.count('identify', 'dropped', 'runtime-event-unreadable');
      return;
    }
    if (event.timeS !== undefined) sinceS = event.timeS;
    if (event.details !== undefined) recent.set(event.id, event.details);
    deps.changed(event.id, event.action === 'rename');
  };

  const connect = async (): Promise<void> => {
    const connected = await connectDocker(endpoint);
    const controller = new AbortController();
    const events = await connected.events(sinceS, controller);
    if (isClosed) {
      controller.abort();
      return;
    }
    const split = createLineSplitter(onLine, () => ledger.count('identify', 'dropped', 'runtime-event-too-long'));
    events.on('data', split);
    const ended = (error?: unknown): void => {
      if (stream === controller) lose(error ?? new Error('event stream ended'));
    };
    events.on('error', ended).on('end', ended).on('close', ended);
    api = connected;
    stream = controller;
    backOffMs = 0;
    log.info('identify', `${name} at ${describeEndpoint(endpoint)}, API ${connected.version}`);
    failure = undefined;
    deps.recovered();
  };

  const tick = (): void => {
    if (isClosed || isConnecting || api !== undefined || clock.monotonicMs() < retryAtMs) return;
    if (isAbsent()) {
      failure = undefined;
      retryAtMs = clock.monotonicMs() + FIRST_BACK_OFF_MS;
      return;
    }
    isConnecting = true;
    connect()
      .catch(lose)
      .finally(() => {
        isConnecting = false;
      });
  };

  const inspect = async (current: DockerApi, id: string): Promise<LookUp> => {
    try {
      const details = detailsFromInspect(name, await current.inspect(id));
      unanswered = 0;
      return details === undefined ? byEvent(id) : { kind: 'found', details };
    } catch (error) {
      if (isNotFound(error)) {
        unanswered = 0;
        return byEvent(id);
      }
      ledger.count('identify', 'dropped', 'runtime-look-up-failed');
      // Another look-up may have given up on this connection already.
      if (api === current && ++unanswered >= HANGING_AFTER) lose(error);
      return recent.get(id) === undefined ? { kind: 'unavailable' } : byEvent(id);
    }
  };

  const byEvent = (id: string): LookUp => {
    const details = recent.get(id);
    return details === undefined ? { kind: 'unknown' } : { kind: 'found', details };
  };

  tick();
  return {
    async lookUp(id) {
      if (api !== undefined) return inspect(api, id);
      return recent.get(id) === undefined ? { kind: 'unavailable' } : byEvent(id);
    },
    state(): RuntimeState {
      const at = describeEndpoint(endpoint);
      if (api !== undefined) return { name, state: 'connected', endpoint: at, detail: `API ${api.version}` };
      return { name, state: isAbsent() ? 'absent' : 'unreachable', endpoint: at, detail: failure };
    },
    tick,
    close() {
      isClosed = true;
      stream?.abort();
      stream = undefined;
      api = undefined;
    },
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SondeError } from '../../errors/sonde-error.ts';
import type { FlowView } from '../../model/flow-view.ts';
import type { Frame } from '../../model/frame.ts';
import type { SourceStatus } from '../../model/frame-source.ts';
import type { Ledger } from '../ledger.ts';
import type { Log } from '../log.ts';
import { answerBadRequest, answerError, answerJson } from './answer.ts';
import { createLiveReaders, type LiveReaders } from './live-readers.ts';
import { controlSocketPath, DOCTOR_PATH, FLOWS_PATH, HEALTH_PATH, LIVE_PATH } from './paths.ts';

/** What the agent says about itself. */
export interface ControlHandlers {
  /** `ok: false` answers 503, for HEALTHCHECK and probes. */
  health(): { readonly ok: boolean };
  status(): SourceStatus;
  /** The kernel side's part of `sonde doctor`; `status` is added to it. */
  doctor(): object | Promise<object>;
  /** Bounded by who makes it. */
  flows(): FlowView;
}

export interface ControlOptions {
  /** Locked by the caller: a socket file found there is left over from a dead agent. */
  readonly dataDir: string;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly handlers: ControlHandlers;
}

export interface Control {
  readonly socketPath: string;
  pushFrame(frame: Frame): void;
  /** Somebody reads the live stream: details nobody else needs are worth reading. */
  isWatched(): boolean;
  close(): Promise<void>;
}

const HEADERS_LIMIT_BYTES = 8192;
const HEADERS_COUNT_LIMIT = 32;
const CONNECTIONS_LIMIT = 32;
const REQUEST_TIMEOUT_MS = 5000;

/** Serves `control.sock`, readable only by the agent's own user. */
export async function createControl(options: ControlOptions): Promise<Control> {
  const { dataDir, ledger, log, handlers } = options;
  const socketPath = controlSocketPath(dataDir);
  const live = createLiveReaders(ledger, handlers.status);
  const server = createServer(
    {
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 1000,
    },
    (request, response) => {
      route(request, response, live, handlers).catch((cause: unknown) => {
        log.warn('self', `control ${request.url}: ${cause instanceof Error ? cause.message : String(cause)}`);
        if (response.headersSent) return void response.destroy();
        answerError(response, 500, new SondeError('SND_AGT_CONTROL_FAILED', 'handler threw', { cause }));
      });
    },
  );
  server.maxHeadersCount = HEADERS_COUNT_LIMIT;
  server.maxConnections = CONNECTIONS_LIMIT;
  server.on('drop', () => ledger.count('self', 'dropped', 'control_connection_limit'));
  server.on('clientError', (error: Error, socket) => {
    ledger.count('self', 'dropped', 'control_bad_request');
    // A `net.Socket` here, as the server speaks no TLS; typed as Duplex by Node.
    answerBadRequest(socket as Socket, new SondeError('SND_AGT_CONTROL_REQUEST', error.message));
  });
  await listen(server, socketPath);
  server.on('error', (error) => log.warn('self', `control socket: ${error.message}`));
  log.info('self', `control socket ${socketPath}`);
  return {
    socketPath,
    pushFrame: (frame) => live.push(frame),
    isWatched: live.isWatched,
    async close() {
      live.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Answers on their way get a moment; a reader that takes nothing does not hold the agent up.
      const timer = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  live: LiveReaders,
  handlers: ControlHandlers,
): Promise<void> {
  // Bodies are refused unread: nothing here takes one.
  if (request.method !== 'GET' || hasBody(request)) {
    response.setHeader('allow', 'GET');
    return answerError(response, 405, new SondeError('SND_AGT_CONTROL_METHOD', String(request.method)));
  }
  const path = (request.url ?? '').split('?', 1)[0];
  switch (path) {
    case HEALTH_PATH: {
      const health = handlers.health();
      return answerJson(response, health.ok ? 200 : 503, health);
    }
    case DOCTOR_PATH:
      return answerJson(response, 200, { ...(await handlers.doctor()), status: handlers.status() });
    case FLOWS_PATH:
      return answerJson(response, 200, handlers.flows());
    case LIVE_PATH:
      if (!live.add(response))
        answerError(response, 503, new SondeError('SND_AGT_CONTROL_BUSY', 'all places are taken'));
      return;
    default:
      return answerError(response, 404, new SondeError('SND_AGT_CONTROL_PATH', JSON.stringify(path?.slice(0, 80))));
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) !== 0;
}

async function listen(server: Server, socketPath: string): Promise<void> {
  // The file appears within listen(): with this mask nobody else can open it before the chmod.
  const oldMask = process.umask(0o177);
  try {
    rmSync(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(oldMask);
    });
    chmodSync(socketPath, 0o600);
  } catch (cause) {
    server.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SondeError('SND_AGT_CONTROL_SOCKET', `${socketPath}: ${reason}`, { cause });
  } finally {
    process.umask(oldMask);
  }
}

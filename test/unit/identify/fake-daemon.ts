import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeDaemon {
  readonly socketPath: string;
  readonly requests: string[];
  /** What `inspect` answers, by id; a string is sent as it is, a missing id is 404. */
  readonly containers: Map<string, unknown>;
  /** True: every request but the event stream is left without answer. */
  isHanging: boolean;
  /** True: the event stream is never opened. */
  hasNoEvents: boolean;
  version: unknown;
  /** Writes to every open event stream. */
  emit(text: string): void;
  /** Ends the open event streams, as a daemon that is stopped does. */
  cut(): void;
  close(): Promise<void>;
}

/** A server that speaks as much of Docker's API as sonde uses, and misbehaves when told to. */
export async function startFakeDaemon(): Promise<FakeDaemon> {
  const dir = mkdtempSync(join(tmpdir(), 'sonde-fake-'));
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const daemon = {
    socketPath: join(dir, 'docker.sock'),
    requests: [] as string[],
    containers: new Map<string, unknown>(),
    isHanging: false,
    hasNoEvents: false,
    version: { ApiVersion: '1.41', MinAPIVersion: '1.12' } as unknown,
    emit(text: string) {
      for (const stream of streams) stream.write(text);
    },
    cut() {
      for (const stream of streams) stream.end();
      streams.clear();
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          rmSync(dir, { recursive: true, force: true });
          resolve();
        });
      }),
  };
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    daemon.requests.push(`${request.method} ${url}`);
    if (daemon.isHanging) return;
    if (url.includes('/events')) {
      if (daemon.hasNoEvents) return;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      streams.add(response);
      return;
    }
    const id = /\/containers\/([^/]+)\/json/.exec(url)?.[1];
    const answer = id === undefined ? daemon.version : daemon.containers.get(id);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { message: 'no such container' }));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(daemon.socketPath, resolve));
  return daemon;
}

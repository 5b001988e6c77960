import { PROTOCOLS } from '../../src/decode/protocols/registry.ts';
import { ConnectionDecoder } from '../../src/decode/stream/connection-decoder.ts';
import { type BenchReport, format } from './report.ts';

/** Exchanges a second through the parsers alone: one connection, one thread, bytes already in memory. */
const ROUNDS = 5;
const EXCHANGES = 200_000;
/** Exchanges that share a chunk, as with pipelining or many connections' worth of one read. */
const PER_CHUNK = [1, 16];

interface Load {
  readonly protocol: string;
  readonly request: Buffer;
  readonly response: Buffer;
}

const LOADS: readonly Load[] = [
  {
    protocol: 'http1',
    request: Buffer.from(
      'GET /users/4711/orders?limit=20 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nConnection: keep-alive\r\n\r\n',
    ),
    response: Buffer.from(
      `HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 03:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 200\r\nConnection: keep-alive\r\n\r\n${'x'.repeat(200)}`,
    ),
  },
  {
    protocol: 'redis',
    request: Buffer.from('*3\r\n$3\r\nSET\r\n$12\r\nuser:1234567\r\n$32\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n'),
    response: Buffer.from('+OK\r\n'),
  },
];

export function run(): Promise<BenchReport> {
  const results = LOADS.flatMap((load) =>
    PER_CHUNK.map((perChunk) => ({ ...load, perChunk, perSec: best(load, perChunk) })),
  );
  return Promise.resolve({
    title: 'Decode',
    intro: `Exchanges (a request and its response, ${LOADS.map(({ protocol, request, response }) => `${protocol}: ${request.length} and ${response.length} bytes`).join('; ')}) a second through the parser alone: one thread, one connection, bytes in memory; best of ${ROUNDS} rounds of ${EXCHANGES.toLocaleString('en')}. An exchange is two messages.`,
    header: ['protocol', 'exchanges a chunk', 'exchanges/s', 'messages/s', 'µs an exchange'],
    rows: results.map(({ protocol, perChunk, perSec }) => [
      protocol,
      String(perChunk),
      Math.round(perSec).toLocaleString('en'),
      Math.round(perSec * 2).toLocaleString('en'),
      format(1e6 / perSec),
    ]),
    aims: results.map(({ protocol, perChunk, perSec }) => ({
      what: `${protocol}, ${perChunk} a chunk: µs a message`,
      measured: 5e5 / perSec,
      limit: 5,
    })),
  });
}

function best({ request, response }: Load, perChunk: number): number {
  const requests = Buffer.concat(Array.from({ length: perChunk }, () => request));
  const responses = Buffer.concat(Array.from({ length: perChunk }, () => response));
  let bestPerSec = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let count = 0;
    const decoder = new ConnectionDecoder({
      specs: PROTOCOLS,
      transport: 'tcp',
      a: { address: '10.0.0.1', port: 40_000 },
      b: { address: '10.0.0.2', port: 4_000 },
      hasBeginning: true,
      emit: () => {
        count += 1;
      },
      onMissed: (protocol, reason) => {
        throw new Error(`${protocol}: ${reason}`);
      },
    });
    const startedMs = performance.now();
    for (let done = 0; done < EXCHANGES; done += perChunk) {
      decoder.push('a', requests, done);
      decoder.push('b', responses, done + 1);
    }
    const elapsedMs = performance.now() - startedMs;
    if (count < EXCHANGES) throw new Error(`${count} of ${EXCHANGES}`);
    bestPerSec = Math.max(bestPerSec, (count / elapsedMs) * 1000);
  }
  return bestPerSec;
}

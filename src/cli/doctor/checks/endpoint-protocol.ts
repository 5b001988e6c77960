import type { Socket } from 'node:net';
import type { OtlpConfig } from '../../../config/config.ts';
import type { ErrorCode } from '../../../errors/table.ts';

export interface Trouble {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Client preface and an empty SETTINGS frame (RFC 9113 §3.4): a server answers with its own SETTINGS. */
const HTTP2_HELLO = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const HTTP2_SETTINGS = 4;
const FRAME_HEADER_BYTES = 9;

/** Undefined when the other side answers in the configured protocol. */
export async function speaks(socket: Socket, metrics: OtlpConfig, timeoutMs: number): Promise<Trouble | undefined> {
  const { pathname, host } = new URL(metrics.endpoint);
  const hello =
    metrics.protocol === 'grpc'
      ? HTTP2_HELLO
      : Buffer.from(`OPTIONS ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  const answer = await firstWords(socket, hello, timeoutMs);
  if (typeof answer === 'string') return { code: 'SND_AGT_ENDPOINT_PROTOCOL', reason: answer };
  const start = answer.toString('latin1', 0, 12);
  if (metrics.protocol === 'grpc') {
    if (answer.length >= FRAME_HEADER_BYTES && answer[3] === HTTP2_SETTINGS) return undefined;
    const what = start.startsWith('HTTP/1') ? 'it speaks HTTP/1, not grpc' : 'it does not speak grpc';
    return { code: 'SND_AGT_ENDPOINT_PROTOCOL', reason: what };
  }
  if (!start.startsWith('HTTP/1')) return { code: 'SND_AGT_ENDPOINT_PROTOCOL', reason: 'it does not speak HTTP/1' };
  const status = Number(start.slice(9, 12));
  if (status === 404) return { code: 'SND_AGT_ENDPOINT_PROTOCOL', reason: `it has no path ${pathname} (404)` };
  return undefined;
}

/** Enough bytes to judge by, or why there are none. */
function firstWords(socket: Socket, hello: Buffer, timeoutMs: number): Promise<Buffer | string> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const done = (result: Buffer | string) => {
      clearTimeout(timer);
      socket.removeListener('data', onData);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 12) done(received);
    };
    const timer = setTimeout(() => done(`connected, but no answer within ${timeoutMs} ms`), timeoutMs);
    socket.on('data', onData);
    // Under TLS 1.3 a missing client certificate is only said now.
    socket.once('error', (error) => done(`connected, then ${error.message}`));
    socket.once('close', () => done(received.length > 0 ? received : 'it closed the connection without a word'));
    socket.write(hello);
  });
}

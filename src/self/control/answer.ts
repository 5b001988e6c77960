import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { SondeError } from '../../errors/sonde-error.ts';

/** Every answer that is not a stream is one JSON object; errors carry the code of the error table. */
export function answerJson(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

export function answerError(response: ServerResponse, status: number, error: SondeError): void {
  // What is left of a refused request is not read.
  response.setHeader('connection', 'close');
  answerJson(response, status, errorBody(error));
}

/** For requests that could not be parsed: there is no response object yet. */
export function answerBadRequest(socket: Socket, error: SondeError): void {
  if (!socket.writable) return void socket.destroy();
  const text = `${JSON.stringify(errorBody(error))}\n`;
  const head = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json';
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function errorBody(error: SondeError): object {
  return { error: { code: error.code, message: error.message, remedy: error.remedy } };
}

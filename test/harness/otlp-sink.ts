import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js';
import type { Certificates } from './otlp/certificates.ts';
import { decodeRequest, encodeResponse, type SinkPoint } from './otlp/decode.ts';
import { decodeSpans, encodeSpanResponse, type SinkSpan } from './otlp/decode-spans.ts';

/** One request that was accepted. */
export interface Received {
  readonly sizeBytes: number;
  readonly points: readonly SinkPoint[];
  readonly spans: readonly SinkSpan[];
  readonly headers: Readonly<Record<string, string>>;
}

/** What the sink does with a request instead of accepting it; `times` bounds how often, then it accepts. */
export type Fault =
  | { readonly kind: 'grpc'; readonly code: status; readonly details: string; times?: number }
  | { readonly kind: 'http'; readonly status: number; readonly headers?: Record<string, string>; times?: number }
  | { readonly kind: 'slow'; readonly delayMs: number; times?: number }
  | { readonly kind: 'partial'; readonly rejectedPoints: number; readonly message: string; times?: number }
  /** Answers what is no protobuf. */
  | { readonly kind: 'garbage'; times?: number };

export interface SinkOptions {
  readonly protocol: 'grpc' | 'http/protobuf';
  readonly port?: number;
  readonly tls?: Certificates & { readonly wantsClient?: boolean };
  /** Only counts requests and bytes. */
  readonly keepsPoints?: boolean;
  readonly maxRequestBytes?: number;
  /** Takes traces instead of metrics. */
  readonly takesTraces?: boolean;
}

/** An OTLP receiver of metrics, or of traces, in this process: real gRPC or HTTP server, decoding by the official wire format. */
export interface OtlpSink {
  readonly endpoint: string;
  readonly port: number;
  readonly received: readonly Received[];
  readonly requests: number;
  readonly sizeBytes: number;
  /** Requests that reached the sink, accepted or not. */
  readonly attempts: number;
  /** All points so far, in the order of arrival. */
  points(): SinkPoint[];
  spans(): SinkSpan[];
  fault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

const METRICS_PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const TRACES_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const httpPath = (takesTraces = false): string => (takesTraces ? '/v1/traces' : '/v1/metrics');

interface Answer {
  readonly delayMs: number;
  readonly fault: Fault | undefined;
  readonly body: Buffer;
}

class Recorder {
  readonly received: Received[] = [];
  requests = 0;
  sizeBytes = 0;
  attempts = 0;
  fault: Fault | undefined;
  private readonly keepsPoints: boolean;
  private readonly takesTraces: boolean;

  constructor({ keepsPoints = true, takesTraces = false }: SinkOptions) {
    this.keepsPoints = keepsPoints;
    this.takesTraces = takesTraces;
  }

  take(bytes: Buffer, headers: Record<string, string>): Answer {
    this.attempts++;
    const fault = this.nextFault();
    const isAccepted = !fault || fault.kind === 'partial' || fault.kind === 'slow' || fault.kind === 'garbage';
    if (isAccepted) {
      this.requests++;
      this.sizeBytes += bytes.length;
      const points = this.keepsPoints && !this.takesTraces ? decodeRequest(bytes) : [];
      const spans = this.keepsPoints && this.takesTraces ? decodeSpans(bytes) : [];
      if (this.keepsPoints) this.received.push({ sizeBytes: bytes.length, points, spans, headers });
    }
    return {
      delayMs: fault?.kind === 'slow' ? fault.delayMs : 0,
      fault,
      body:
        fault?.kind === 'garbage'
          ? Buffer.from([0xff, 0x00, 0x80])
          : (this.takesTraces ? encodeSpanResponse : encodeResponse)(fault?.kind === 'partial' ? fault : undefined),
    };
  }

  private nextFault(): Fault | undefined {
    const fault = this.fault;
    if (fault?.times !== undefined && --fault.times <= 0) this.fault = undefined;
    return fault;
  }
}

export async function startSink(options: SinkOptions): Promise<OtlpSink> {
  const recorder = new Recorder(options);
  const { port, close } = await (options.protocol === 'grpc'
    ? startGrpc(options, recorder)
    : startHttp(options, recorder));
  const scheme = options.tls ? 'https' : 'http';
  return {
    endpoint: `${scheme}://localhost:${port}${options.protocol === 'grpc' ? '' : httpPath(options.takesTraces)}`,
    port,
    received: recorder.received,
    get requests() {
      return recorder.requests;
    },
    get sizeBytes() {
      return recorder.sizeBytes;
    },
    get attempts() {
      return recorder.attempts;
    },
    points: () => recorder.received.flatMap((request) => request.points),
    spans: () => recorder.received.flatMap((request) => request.spans),
    fault(fault) {
      recorder.fault = fault;
    },
    close,
  };
}

interface Listening {
  readonly port: number;
  readonly close: () => Promise<void>;
}

async function startGrpc(
  { port = 0, tls, maxRequestBytes, takesTraces }: SinkOptions,
  recorder: Recorder,
): Promise<Listening> {
  const server = new Server({ 'grpc.max_receive_message_length': maxRequestBytes ?? 4 * 1024 * 1024 });
  const pass = (bytes: Buffer) => bytes;
  const method = {
    path: takesTraces ? TRACES_PATH : METRICS_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  };
  server.addService(
    { export: method },
    {
      export(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
        const { fault, delayMs, body } = recorder.take(call.request, headersOf(call.metadata));
        if (fault?.kind === 'grpc') callback({ code: fault.code, details: fault.details });
        else setTimeout(() => callback(null, body), delayMs).unref();
      },
    },
  );
  const credentials = tls
    ? ServerCredentials.createSsl(
        readFileSync(tls.authority),
        [{ private_key: readFileSync(tls.serverKey), cert_chain: readFileSync(tls.serverCertificate) }],
        tls.wantsClient ?? false,
      )
    : ServerCredentials.createInsecure();
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`localhost:${port}`, credentials, (error, at) => (error ? reject(error) : resolve(at)));
  });
  return { port: bound, close: async () => server.forceShutdown() };
}

function headersOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.getMap()).map(([key, value]) => [key, value.toString()]));
}

async function startHttp(
  { port = 0, tls, maxRequestBytes, takesTraces }: SinkOptions,
  recorder: Recorder,
): Promise<Listening> {
  const listener: RequestListener = (request, response) => {
    readBody(request)
      .then((body) => answerHttp(request, response, body, recorder, { path: httpPath(takesTraces), maxRequestBytes }))
      .catch(() => response.destroy());
  };
  const server = tls
    ? createTlsServer(
        {
          key: readFileSync(tls.serverKey),
          cert: readFileSync(tls.serverCertificate),
          ca: readFileSync(tls.authority),
          requestCert: tls.wantsClient ?? false,
          rejectUnauthorized: tls.wantsClient ?? false,
        },
        listener,
      )
    : createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  recorder: Recorder,
  { path, maxRequestBytes = Number.POSITIVE_INFINITY }: { path: string; maxRequestBytes: number | undefined },
): void {
  const isOurs = request.url === path && request.headers['content-type'] === 'application/x-protobuf';
  if (!isOurs || body.length > maxRequestBytes) {
    response.writeHead(isOurs ? 413 : 404).end();
    return;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
  const { fault, delayMs, body: answer } = recorder.take(body, headers);
  if (fault?.kind === 'http') response.writeHead(fault.status, fault.headers ?? {}).end('no');
  else
    setTimeout(() => {
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end(answer);
    }, delayMs).unref();
}

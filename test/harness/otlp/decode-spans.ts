import { join } from 'node:path';
import protobuf from 'protobufjs';
import { attributesOf, type SinkValue, type WirePair } from './any-value.ts';

/** One span as a receiver sees it. Nanoseconds are exact, ids in hex. */
export interface SinkSpan {
  readonly resource: Readonly<Record<string, SinkValue>>;
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, SinkValue>>;
  readonly statusCode: number;
  readonly statusMessage: string;
}

interface WireSpan {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  traceState?: string;
  flags?: number;
  name?: string;
  kind?: number;
  startTimeUnixNano?: string;
  endTimeUnixNano?: string;
  attributes?: WirePair[];
  status?: { code?: number; message?: string };
}
interface WireRequest {
  resourceSpans?: {
    resource?: { attributes?: WirePair[] };
    scopeSpans?: { scope?: { name?: string }; spans?: WireSpan[] }[];
  }[];
}

const root = protobuf.loadSync(join(import.meta.dirname, 'trace.proto'));
const PACKAGE = 'opentelemetry.proto.collector.trace.v1';
const requestType = root.lookupType(`${PACKAGE}.ExportTraceServiceRequest`);
const responseType = root.lookupType(`${PACKAGE}.ExportTraceServiceResponse`);
const hex = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

export function decodeSpans(bytes: Uint8Array): SinkSpan[] {
  const message = requestType.toObject(requestType.decode(bytes), { longs: String, bytes: String }) as WireRequest;
  return (message.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => ({
        resource: attributesOf(resource?.attributes),
        scope: scope?.name ?? '',
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        traceState: span.traceState ?? '',
        flags: span.flags ?? 0,
        name: span.name ?? '',
        kind: span.kind ?? 0,
        startNs: BigInt(span.startTimeUnixNano ?? 0),
        endNs: BigInt(span.endTimeUnixNano ?? 0),
        attributes: attributesOf(span.attributes),
        statusCode: span.status?.code ?? 0,
        statusMessage: span.status?.message ?? '',
      })),
    ),
  );
}

export function encodeSpanResponse(partial?: { rejectedPoints: number; message: string }): Buffer {
  const message = partial
    ? { partialSuccess: { rejectedSpans: partial.rejectedPoints, errorMessage: partial.message } }
    : {};
  return Buffer.from(responseType.encode(responseType.fromObject(message)).finish());
}

import { type AnyValue, attributesOf, type JsonValue } from './otlp-json.ts';

/** One span as the Collector's file exporter wrote it, flattened. */
export interface CollectedSpan {
  readonly resource: Readonly<Record<string, AnyValue>>;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for none. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly kind: 'client' | 'server' | 'other';
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, AnyValue>>;
  readonly isError: boolean;
  readonly statusMessage: string;
}

interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  kind?: number;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: { key: string; value: JsonValue }[];
  status?: { code?: number; message?: string };
}
interface JsonLine {
  resourceSpans?: {
    resource?: { attributes?: { key: string; value: JsonValue }[] };
    scopeSpans?: { spans?: JsonSpan[] }[];
  }[];
}

/** Spans of whole lines. */
export function spansOf(text: string): CollectedSpan[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as JsonLine).resourceSpans ?? [])
    .flatMap(({ resource, scopeSpans }) =>
      (scopeSpans ?? []).flatMap(({ spans }) =>
        (spans ?? []).map((span) => ({
          resource: attributesOf(resource?.attributes),
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
          traceState: span.traceState ?? '',
          kind: span.kind === 3 ? ('client' as const) : span.kind === 2 ? ('server' as const) : ('other' as const),
          name: span.name,
          startUs: Number(BigInt(span.startTimeUnixNano) / 1000n),
          endUs: Number(BigInt(span.endTimeUnixNano) / 1000n),
          attributes: attributesOf(span.attributes),
          isError: span.status?.code === 2,
          statusMessage: span.status?.message ?? '',
        })),
      ),
    );
}

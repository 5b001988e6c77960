import type { Attributes } from './attributes.ts';
import type { Fingerprint } from './flow.ts';

/** One finished span, as it is exported. Never changed once made. */
export interface Span {
  /** Of the container that was this end: the same object for all its spans. */
  readonly resource: Attributes;
  /** 128 bits in hex. */
  readonly traceId: string;
  /** 64 bits in hex. */
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** W3C `tracestate`; empty for none. */
  readonly traceState: string;
  readonly kind: 'client' | 'server';
  readonly name: string;
  /** Wall clock; fractions keep microseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** Why it failed; undefined leaves the status unset. */
  readonly failure: string | undefined;
}

/** Takes spans at once; never throws, never waits. */
export type SpanSink = (spans: readonly Span[]) => void;

/** Ids of a connection's spans out of its fingerprint alone; the client's span is the parent of the server's. */
export interface SpanIds {
  traceId(fingerprint: Fingerprint, offset: number, streamId: number): string;
  spanId(fingerprint: Fingerprint, role: 'client' | 'server', offset: number, streamId: number): string;
}

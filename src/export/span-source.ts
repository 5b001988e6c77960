import type { Attributes } from '../model/attributes.ts';
import type { Span } from '../model/span.ts';
import type { Ledger } from '../self/ledger.ts';
import { MIB } from '../units.ts';
import type { Source } from './delivery.ts';
import type { OtlpRequest } from './exporter.ts';
import { encodeResourceHead } from './otlp/layout.ts';
import { encodeScope } from './otlp/request-writer.ts';
import { encodeSpan } from './otlp/span.ts';
import { WireWriter } from './otlp/wire.ts';
import { REQUEST_LIMIT_BYTES, smallerLimit } from './request-limit.ts';

/** Spans that wait in memory while a request is under way: a second's, at the largest budget. */
const MAX_WAITING_BYTES = 16 * MIB;
const REQUEST_RESOURCE_SPANS = 1;
const RESOURCE_SCOPE_SPANS = 2;
/** Tags and lengths of the two messages around a resource's spans. */
const NESTING_BYTES = 10;

interface Encoded {
  readonly resource: Attributes;
  readonly bytes: Uint8Array;
}

/** Spans in, requests with many resources out, in order; what waits is encoded already. */
export class SpanSource implements Source<readonly Span[]> {
  private readonly ledger: Ledger;
  private readonly writer = new WireWriter();
  private readonly scope = encodeScope();
  private waiting: Encoded[] = [];
  private waitingBytes = 0;
  private limitBytes = REQUEST_LIMIT_BYTES;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  push(spans: readonly Span[]): void {
    for (const span of spans) {
      const bytes = encodeSpan(span, this.writer);
      this.waiting.push({ resource: span.resource, bytes });
      this.waitingBytes += bytes.length;
    }
    let behind = 0;
    while (this.waitingBytes > MAX_WAITING_BYTES) this.waitingBytes -= this.waiting[behind++]?.bytes.length ?? 0;
    if (behind === 0) return;
    this.waiting = this.waiting.slice(behind);
    this.ledger.count('export', 'dropped', 'behind', behind);
  }

  next(): OtlpRequest | undefined {
    const heads = new Map<Attributes, { readonly head: Uint8Array; readonly spans: Uint8Array[] }>();
    let sizeBytes = 0;
    let taken = 0;
    let points = 0;
    for (const { resource, bytes } of this.waiting) {
      const known = heads.get(resource);
      const head = known?.head ?? encodeResourceHead(resource, this.writer);
      const needed = bytes.length + (known ? 0 : head.length + this.scope.length + NESTING_BYTES);
      const isTooLarge = needed > this.limitBytes;
      if (!isTooLarge && sizeBytes + needed > this.limitBytes) break;
      taken++;
      this.waitingBytes -= bytes.length;
      if (isTooLarge) {
        this.ledger.count('export', 'dropped', 'point-too-large');
        continue;
      }
      sizeBytes += needed;
      points++;
      if (known) known.spans.push(bytes);
      else heads.set(resource, { head, spans: [bytes] });
    }
    this.waiting = this.waiting.slice(taken);
    return points === 0 ? undefined : { bytes: this.write(heads.values()), points };
  }

  makeSmaller(refusedBytes: number): void {
    this.limitBytes = smallerLimit(this.limitBytes, refusedBytes);
  }

  private write(resources: Iterable<{ readonly head: Uint8Array; readonly spans: readonly Uint8Array[] }>): Uint8Array {
    for (const { head, spans } of resources) {
      const resource = this.writer.open(REQUEST_RESOURCE_SPANS);
      this.writer.raw(head);
      const scope = this.writer.open(RESOURCE_SCOPE_SPANS);
      this.writer.raw(this.scope);
      for (const bytes of spans) this.writer.raw(bytes);
      this.writer.close(scope);
      this.writer.close(resource);
    }
    return this.writer.take();
  }
}

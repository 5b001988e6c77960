import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { EXPORTERS } from '../../../src/export/registry.ts';
import { createSpanExport } from '../../../src/export/span-export.ts';
import { SpanSource } from '../../../src/export/span-source.ts';
import type { Span } from '../../../src/model/span.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { decodeSpans, type SinkSpan } from '../../harness/otlp/decode-spans.ts';
import { freePort } from '../../harness/ports.ts';
import { waitUntil } from '../../harness/wait.ts';
import { countOf, keptLog, tempDir, testClock } from './fixtures.ts';
import { openSink } from './stage.ts';

const RESOURCE = { 'container.id': 'a' };

function makeSpan(over: Partial<Span> = {}): Span {
  return {
    resource: RESOURCE,
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: 'fedcba9876543210',
    parentSpanId: undefined,
    traceState: 'ot=th:8',
    kind: 'client',
    name: 'TCP connection 80',
    startMs: 1_764_000_000_000.25,
    endMs: 1_764_000_001_000.5,
    attributes: { 'a.text': 'x', 'an.int': 2 ** 40, 'a.truth': true },
    failure: undefined,
    ...over,
  };
}

function takeAll(source: SpanSource): { sizesBytes: number[]; spans: SinkSpan[] } {
  const sizesBytes: number[] = [];
  const spans: SinkSpan[] = [];
  for (let request = source.next(); request; request = source.next()) {
    sizesBytes.push(request.bytes.length);
    const decoded = decodeSpans(request.bytes);
    assert.equal(decoded.length, request.points);
    spans.push(...decoded);
  }
  return { sizesBytes, spans };
}

test('a span arrives as it was made, under its resource', () => {
  const source = new SpanSource(createLedger());
  const other = { 'container.id': 'b' };
  const server = makeSpan({
    resource: other,
    kind: 'server',
    spanId: '00000000000000ff',
    parentSpanId: 'fedcba9876543210',
    traceState: '',
    failure: 'reset',
  });
  source.push([makeSpan(), server, makeSpan({ name: 'again' })]);
  const { sizesBytes, spans } = takeAll(source);
  assert.equal(sizesBytes.length, 1);
  assert.ok(source.isEmpty);
  const [first, again, failed] = spans;
  assert.deepEqual(
    { ...first, attributes: { ...first?.attributes }, resource: { ...first?.resource } },
    {
      resource: RESOURCE,
      scope: 'sonde',
      traceId: '0123456789abcdef0123456789abcdef',
      spanId: 'fedcba9876543210',
      parentSpanId: '',
      traceState: 'ot=th:8',
      flags: 0x103,
      name: 'TCP connection 80',
      kind: 3,
      startNs: 1_764_000_000_000_250_000n,
      endNs: 1_764_000_001_000_500_000n,
      attributes: { 'a.text': 'x', 'an.int': 2n ** 40n, 'a.truth': true },
      statusCode: 0,
      statusMessage: '',
    },
  );
  assert.equal(again?.name, 'again');
  assert.equal(failed?.resource['container.id'], 'b');
  assert.equal(failed?.kind, 2);
  assert.equal(failed?.parentSpanId, 'fedcba9876543210');
  assert.equal(failed?.flags, 0x303);
  assert.deepEqual([failed?.statusCode, failed?.statusMessage], [2, 'reset']);
});

test('requests stay under 4 MiB, under the limit a receiver asks for, and lose none', () => {
  const source = new SpanSource(createLedger());
  const resources = Array.from({ length: 50 }, (_, i) => ({ 'container.id': String(i), pad: 'r'.repeat(500) }));
  const make = (count: number): Span[] =>
    Array.from({ length: count }, (_, i) =>
      makeSpan({ name: `n${i}`, resource: resources[i % 50] ?? RESOURCE, attributes: { pad: 'x'.repeat(1000) } }),
    );
  source.push(make(6000));
  const all = takeAll(source);
  assert.equal(new Set(all.spans.map(({ name }) => name)).size, 6000);
  assert.ok(all.sizesBytes.length === 2 && Math.max(...all.sizesBytes) < 4 * 1024 * 1024, `${all.sizesBytes}`);
  source.makeSmaller(200_000);
  source.push([...make(300), makeSpan({ attributes: { pad: 'x'.repeat(150_000) } })]);
  const small = takeAll(source);
  assert.equal(small.spans.length, 300);
  assert.ok(Math.max(...small.sizesBytes) <= 100_000, `${small.sizesBytes}`);
});

test('what waits is bounded: the oldest are given up and counted', () => {
  const ledger = createLedger();
  const source = new SpanSource(ledger);
  const large = { pad: 'x'.repeat(100_000) };
  source.push(Array.from({ length: 200 }, (_, i) => makeSpan({ name: `n${i}`, attributes: large })));
  const { spans } = takeAll(source);
  const dropped = countOf(ledger, 'dropped', 'behind');
  assert.equal(spans.length + dropped, 200);
  assert.ok(dropped > 30 && dropped < 36, `${dropped}`);
  assert.equal(spans.at(-1)?.name, 'n199');
  assert.equal(spans[0]?.name, `n${dropped}`);
});

for (const { protocol } of EXPORTERS)
  describe(`spans over ${protocol}`, () => {
    const isGrpc = protocol === 'grpc';
    const open = (t: TestContext, endpoint: string, dataDir = tempDir(t)) => {
      const [clock, ledger, log] = [testClock(), createLedger(), keptLog()];
      const stage = createSpanExport(
        {
          protocol,
          endpoint,
          headers: { 'x-tenant': 'a' },
          isInsecure: true,
          certificateFile: undefined,
          clientCertificateFile: undefined,
          clientKeyFile: undefined,
          compression: 'gzip',
          timeoutMs: 800,
          dataDir,
          queueLimitBytes: 1024 * 1024,
        },
        { clock, ledger, log },
      );
      t.after(() => stage.close());
      const kept = () => countOf(ledger, 'kept');
      const pass = (what: string, isDone: () => boolean) =>
        waitUntil(
          what,
          () => {
            clock.advance(20_000);
            stage.tick(clock.wallMs());
            return isDone();
          },
          Boolean,
          10_000,
          5,
        );
      return { stage, ledger, log, kept, pass, dataDir };
    };

    it('arrive, with the headers, and nothing is written to disk', async (t) => {
      const sink = await openSink(t, { protocol, takesTraces: true });
      const { stage, kept, dataDir, log } = open(t, sink.endpoint);
      stage.push([makeSpan(), makeSpan({ name: 'second' })]);
      await waitUntil('two spans', kept, (n) => n === 2);
      assert.deepEqual(
        sink.spans().map(({ name }) => name),
        ['TCP connection 80', 'second'],
      );
      assert.equal(sink.received[0]?.headers['x-tenant'], 'a');
      assert.deepEqual(readdirSync(join(dataDir, 'queue-traces')), []);
      assert.deepEqual(log.lines, []);
    });

    it('wait on disk, apart from metrics, until the endpoint is back', async (t) => {
      const port = await freePort();
      const { stage, kept, pass, log } = open(t, `http://localhost:${port}${isGrpc ? '' : '/v1/traces'}`);
      stage.push([makeSpan()]);
      await waitUntil('it on disk', stage.queuedBytes, (n) => n > 0);
      const sink = await openSink(t, { protocol, port, takesTraces: true });
      await pass('the span', () => kept() === 1);
      assert.equal(sink.spans().length, 1);
      assert.equal(stage.queuedBytes(), 0);
      assert.match(log.lines[0] ?? '', /^warn export spans: SND_EXP_UNREACHABLE /);
    });

    it('of an endpoint that takes metrics only are counted, said once, and never queued', async (t) => {
      const sink = await openSink(t, { protocol });
      const url = isGrpc ? sink.endpoint : sink.endpoint.replace('/v1/metrics', '/v1/traces');
      const { stage, ledger, log } = open(t, url);
      for (let i = 1; i <= 3; i++) {
        stage.push([makeSpan()]);
        await waitUntil(
          'it refused',
          () => countOf(ledger, 'dropped', 'span-refused'),
          (n) => n === i,
        );
      }
      assert.equal(stage.queuedBytes(), 0);
      assert.equal(log.lines.length, 1, log.lines.join('\n'));
      assert.match(log.lines[0] ?? '', /^warn export spans: SND_EXP_REFUSED .*OTEL_TRACES_EXPORTER=none/);
    });

    it('are counted as the receiver took them', async (t) => {
      const sink = await openSink(t, { protocol, takesTraces: true });
      sink.fault({ kind: 'partial', rejectedPoints: 1, message: 'no room', times: 1 });
      const { stage, ledger, kept, log } = open(t, sink.endpoint);
      stage.push([makeSpan(), makeSpan()]);
      await waitUntil('one kept', kept, (n) => n === 1);
      assert.equal(countOf(ledger, 'dropped', 'span-rejected'), 1);
      assert.match(log.lines[0] ?? '', /1 of 2 spans rejected: no room/);
    });

    it('never block: a failing endpoint fills the queue to its bound, then the oldest go', async (t) => {
      const sink = await openSink(t, { protocol, takesTraces: true });
      sink.fault(isGrpc ? { kind: 'grpc', code: status.UNAVAILABLE, details: 'no' } : { kind: 'http', status: 503 });
      const { stage, ledger } = open(t, sink.endpoint);
      const large = { pad: 'x'.repeat(100_000) };
      for (let i = 0; i < 30; i++) {
        stage.push([makeSpan({ attributes: large })]);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await waitUntil(
        'some dropped',
        () => countOf(ledger, 'dropped', 'span-queue-full'),
        (n) => n > 0,
      );
      assert.ok(stage.queuedBytes() <= 1024 * 1024);
    });
  });

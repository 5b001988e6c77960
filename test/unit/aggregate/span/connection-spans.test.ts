import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createConnectionSpans, type SpanConfig } from '../../../../src/aggregate/span/connection-spans.ts';
import { thresholdOf } from '../../../../src/aggregate/span/sampling.ts';
import type { Container } from '../../../../src/model/container.ts';
import type { Fingerprint, Flow, HalfFlow, Peer } from '../../../../src/model/flow.ts';
import { pidOf } from '../../../../src/model/ids.ts';
import type { Span } from '../../../../src/model/span.ts';
import { createLedger } from '../../../../src/self/ledger.ts';
import { createFingerprintIds } from '../../../../src/stitch/fingerprint.ts';
import { makeContainer } from '../fixtures.ts';

const KEY = randomBytes(32);
const [CLIENT, SERVER] = [named('client'), named('server')];

function named(name: string): Container {
  const container = makeContainer();
  assert.ok(container.identity);
  container.identity = { ...container.identity, id: name, name, resource: { 'container.name': name } };
  return container;
}

let ids = 0;
function makeHalf(role: 'client' | 'server', over: Partial<HalfFlow> = {}): HalfFlow {
  const [near, far] = [
    { a: '172.17.0.2', p: 40_000 },
    { a: '172.17.0.3', p: 6379 },
  ];
  const [local, remote] = role === 'client' ? [near, far] : [far, near];
  return {
    id: ++ids,
    container: role === 'client' ? CLIENT : SERVER,
    pid: pidOf(7),
    processName: 'app',
    netnsInode: 1,
    tuple: {
      transport: 'tcp',
      networkType: 'ipv4',
      localAddress: local.a,
      localPort: local.p,
      remoteAddress: remote.a,
      remotePort: remote.p,
    },
    role,
    openedMs: 1_000,
    closedMs: 3_500,
    isPreexisting: false,
    fingerprint: { clientIsn: 1, serverIsn: 2 },
    counters: {
      transmittedBytes: 10,
      receivedBytes: 20,
      transmittedMessages: 1,
      receivedMessages: 2,
      retransmittedSegments: 0,
      rttUs: 150.4,
    },
    connectDurationUs: role === 'client' ? 300 : undefined,
    failure: undefined,
    ...over,
  };
}

const UNKNOWN: Peer = {
  kind: 'unknown',
  container: undefined,
  half: undefined,
  address: '10.0.0.9',
  port: 80,
  method: 'route',
  confidence: 'none',
  cause: 'no-route',
  via: undefined,
};

function peerOf(half: HalfFlow): Peer {
  const { localAddress, localPort } = half.tuple;
  return {
    ...UNKNOWN,
    kind: 'container',
    container: half.container,
    half,
    address: localAddress,
    port: localPort,
    method: 'local',
    confidence: 'confirmed',
    cause: undefined,
  };
}

const flowOf = (half: HalfFlow, peer: Peer = UNKNOWN): Flow => ({ half, peer, connectionId: undefined });

function joined(fingerprint: Fingerprint, over: Partial<HalfFlow> = {}): [Flow, Flow] {
  const client = makeHalf('client', { fingerprint, ...over });
  const server = makeHalf('server', { fingerprint });
  return [flowOf(client, peerOf(server)), flowOf(server, peerOf(client))];
}

const randomFingerprint = (): Fingerprint => ({
  clientIsn: randomBytes(4).readUInt32LE(),
  serverIsn: randomBytes(4).readUInt32LE(),
});

/** Each call is an agent of its own: two of them are two hosts. */
function setUp(config: Partial<SpanConfig> = {}, key = KEY) {
  const clock = { nowMs: 5_000 };
  const ledger = createLedger();
  const spans: Span[] = [];
  const sink = createConnectionSpans(
    { ratio: 1, perSecond: 10_000, ...config },
    { ids: createFingerprintIds(key), ledger, nowMs: () => clock.nowMs },
    (made) => void spans.push(...made),
  );
  const count = (reason: string) => ledger.rows().find((row) => row.reason === reason)?.count ?? 0;
  const pass = (ms: number) => {
    clock.nowMs += ms;
    sink.tick();
  };
  return { sink, spans, count, pass };
}

test('both ends of any connection are one trace, the client the parent, also made on two hosts', () => {
  const [here, there] = [setUp(), setUp()];
  for (let i = 0; i < 2_000; i++) {
    const fingerprint = randomFingerprint();
    here.sink.closed(flowOf(makeHalf('client', { fingerprint })));
    there.sink.closed(flowOf(makeHalf('server', { fingerprint })));
  }
  here.pass(1_000);
  there.pass(1_000);
  assert.equal(here.spans.length, 2_000);
  const servers = new Map(there.spans.map((span) => [span.traceId, span]));
  for (const client of here.spans) {
    const server = servers.get(client.traceId);
    assert.equal(server?.parentSpanId, client.spanId);
    assert.notEqual(server?.spanId, client.spanId);
    assert.deepEqual([client.kind, client.parentSpanId, server?.kind], ['client', undefined, 'server']);
    assert.match(`${client.traceId} ${client.spanId} ${server?.spanId}`, /^[0-9a-f]{32} [0-9a-f]{16} [0-9a-f]{16}$/);
  }
  const stranger = setUp({}, randomBytes(32));
  stranger.sink.closed(flowOf(makeHalf('client')));
  here.sink.closed(flowOf(makeHalf('client')));
  stranger.pass(1_000);
  here.pass(1_000);
  assert.notEqual(stranger.spans[0]?.traceId, here.spans.at(-1)?.traceId, 'another key, other ids');
});

test('a span says what the connection was', () => {
  const { sink, spans, pass } = setUp();
  const [client, server] = joined({ clientIsn: 5, serverIsn: 6 });
  client.half.failure = 'reset';
  sink.closed({ ...client, connectionId: 'c1' });
  sink.closed(server);
  pass(1_000);
  const [one, two] = spans;
  assert.deepEqual(one?.resource, { 'container.name': 'client' });
  assert.deepEqual(two?.resource, { 'container.name': 'server' });
  assert.deepEqual([one?.name, one?.startMs, one?.endMs, one?.failure], ['TCP connection 6379', 1_000, 3_500, 'reset']);
  assert.equal(two?.failure, undefined);
  const wanted = {
    'sonde.flow.role': 'client',
    'server.address': '172.17.0.3',
    'server.port': 6379,
    'network.peer.address': '172.17.0.3',
    'network.local.port': 40_000,
    'sonde.peer.container.name': 'server',
    'sonde.peer.process.executable.name': 'app',
    'sonde.stitch.method': 'local',
    'sonde.stitch.confidence': 'confirmed',
    'sonde.flow.connection.id': 'c1',
    'sonde.flow.transmit.bytes': 10,
    'sonde.flow.receive.bytes': 20,
    'sonde.flow.rtt.us': 150,
    'sonde.flow.connect.us': 300,
    'sonde.span.ids': 'fingerprint',
    'error.type': 'reset',
  };
  for (const [name, value] of Object.entries(wanted)) assert.equal(one?.attributes[name], value, name);
  assert.equal(two?.attributes['client.address'], '172.17.0.2');
  assert.equal(two?.attributes['client.port'], 40_000);
  assert.ok(!('peer.service' in (one?.attributes ?? {})));
});

test('a client whose other end has no agent carries peer.service', () => {
  const { sink, spans, pass } = setUp();
  sink.closed(flowOf(makeHalf('client')));
  sink.closed(flowOf(makeHalf('server')));
  pass(1_000);
  assert.equal(spans[0]?.attributes['peer.service'], '172.17.0.3');
  assert.equal(spans[0]?.attributes['sonde.stitch.cause'], 'no-route');
  assert.equal(spans[1]?.attributes['peer.service'], undefined);
  assert.equal(spans[1]?.attributes['client.address'], '172.17.0.2');
});

test('sampling takes the same connections at both ends, their share, and says how many each stands for', () => {
  for (const ratio of [0.5, 0.1]) {
    const [here, there] = [setUp({ ratio }), setUp({ ratio })];
    for (let i = 0; i < 4_000; i++) {
      const fingerprint = randomFingerprint();
      here.sink.closed(flowOf(makeHalf('client', { fingerprint })));
      there.sink.closed(flowOf(makeHalf('server', { fingerprint })));
    }
    here.pass(1_000);
    there.pass(1_000);
    const traces = (spans: readonly Span[]) => spans.map(({ traceId }) => traceId).sort();
    assert.deepEqual(traces(here.spans), traces(there.spans));
    assert.ok(Math.abs(here.spans.length / 4_000 - ratio) < 0.04, `${here.spans.length} of 4,000 at ${ratio}`);
    assert.equal(here.count('span-ratio'), 4_000 - here.spans.length);
    const threshold = thresholdOf(ratio);
    for (const { traceId, traceState } of here.spans) {
      assert.match(traceState, /^ot=th:[0-9a-f]{1,14}$/);
      assert.equal(traceState.slice(6).padEnd(14, '0'), threshold);
      assert.ok(BigInt(`0x${traceId.slice(-14)}`) >= BigInt(`0x${threshold}`));
    }
  }
  const all = setUp();
  all.sink.closed(flowOf(makeHalf('client')));
  all.pass(0);
  assert.equal(all.spans[0]?.traceState, 'ot=th:0');
});

test('failed and slow connections are kept at both ends of this host, and say so', () => {
  const { sink, spans, pass, count } = setUp({ ratio: 0 });
  const [failed, itsServer] = joined(randomFingerprint(), { failure: 'reset' });
  const [slow, slowServer] = joined(randomFingerprint(), { connectDurationUs: 1_003_000 });
  const [plain, plainServer] = joined(randomFingerprint());
  for (const flow of [failed, itsServer, slow, slowServer, plain, plainServer]) sink.closed(flow);
  pass(1_000);
  assert.deepEqual(spans.map(({ attributes }) => attributes['sonde.span.kept']).sort(), [
    'failed',
    'failed',
    'slow',
    'slow',
  ]);
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 2);
  for (const { traceState, attributes } of spans) {
    assert.equal(traceState, '', 'sampling did not take it, so it stands for nothing else');
    assert.equal(attributes['sonde.span.half'], undefined);
  }
  assert.equal(count('span-ratio'), 2);
});

test('an end that closes before the other fails is kept with it', () => {
  const { sink, spans, pass, count } = setUp({ ratio: 0 });
  const [client, server] = joined(randomFingerprint());
  (server.half as { closedMs: number | undefined }).closedMs = undefined;
  sink.closed(client);
  pass(3_000);
  assert.equal(spans.length, 0);
  server.half.closedMs = 9_000;
  server.half.failure = 'reset';
  sink.closed(server);
  pass(1_000);
  assert.equal(spans.length, 2);
  const [open, still] = joined(randomFingerprint());
  still.half.closedMs = undefined;
  sink.closed(open);
  pass(9_000);
  assert.equal(count('span-ratio'), 0);
  pass(1_001);
  assert.equal(count('span-ratio'), 1, 'nobody waits for ever');
});

test('what is kept here and whose other end is elsewhere says that it may be half', () => {
  const { sink, spans, pass } = setUp({ ratio: 0 });
  sink.closed(flowOf(makeHalf('client', { failure: 'reset' })));
  sink.closed(flowOf(makeHalf('client', { failure: 'refused', fingerprint: undefined })));
  pass(1_000);
  assert.equal(spans[0]?.attributes['sonde.span.half'], true);
  assert.equal(spans[1]?.attributes['sonde.span.half'], undefined, 'a refused connection has one end');
});

test('without a fingerprint ids are random, and marked', () => {
  const { sink, spans, pass } = setUp();
  const [client, server] = joined({ clientIsn: 1, serverIsn: 1 });
  for (const { half, peer } of [client, server]) sink.closed(flowOf({ ...half, fingerprint: undefined }, peer));
  pass(1_000);
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 2);
  for (const { attributes, parentSpanId } of spans) {
    assert.equal(attributes['sonde.span.ids'], 'random');
    assert.equal(parentSpanId, undefined);
  }
});

test('the budget of a second: kept ones first, the rest sampled more strictly, pairs together, all counted', () => {
  const { sink, spans, pass, count } = setUp({ perSecond: 100 });
  for (let i = 0; i < 500; i++) for (const flow of joined(randomFingerprint())) sink.closed(flow);
  for (let i = 0; i < 10; i++) for (const flow of joined(randomFingerprint(), { failure: 'reset' })) sink.closed(flow);
  pass(1_000);
  assert.ok(spans.length <= 100 && spans.length >= 98, `${spans.length}`);
  assert.equal(spans.filter(({ attributes }) => 'error.type' in attributes).length, 10);
  assert.equal(count('span-budget') + spans.length, 1_020);
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
  assert.ok([...byTrace.values()].every((pair) => pair.length === 2));
  const sampled = spans.filter(({ attributes }) => !('sonde.span.kept' in attributes));
  const states = new Set(sampled.map(({ traceState }) => traceState));
  assert.equal(states.size, 1);
  const threshold = [...states][0]?.slice(6).padEnd(14, '0') ?? '';
  assert.ok(threshold > 'c'.padEnd(14, '0'), `about 8 % were taken: ${threshold}`);
  pass(1_000);
  assert.ok(spans.length <= 100, 'what was shed does not come back');
});

test('a storm of failures is bounded too', () => {
  const { sink, spans, pass, count } = setUp({ perSecond: 50 });
  for (let i = 0; i < 20_000; i++)
    sink.closed(flowOf(makeHalf('client', { failure: 'refused', fingerprint: undefined })));
  pass(1_000);
  assert.equal(spans.length, 50);
  assert.equal(count('span-pending') + count('span-budget-kept'), 19_950);
});

test('a span waits for the name of its container; of one left out there is none', () => {
  const { sink, spans, pass, count } = setUp();
  const late = { ...makeContainer(), identity: undefined } as Container;
  const never = { ...makeContainer(), identity: undefined } as Container;
  const out = { ...makeContainer(), identity: undefined } as Container;
  for (const container of [late, never, out]) sink.closed(flowOf(makeHalf('client', { container })));
  pass(1_000);
  assert.equal(spans.length, 0);
  sink.forget(out);
  late.identity = CLIENT.identity;
  out.identity = CLIENT.identity;
  pass(1_000);
  assert.equal(spans.length, 1);
  pass(30_000);
  assert.equal(count('span-unnamed'), 1);
  sink.closed(flowOf(makeHalf('client', { container: undefined })));
  sink.close();
  assert.equal(spans.length, 1, 'a process outside every container has no resource here');
});

test('a span waits a little for its other end to be found and named', () => {
  const { sink, spans, pass } = setUp();
  const named = makeContainer();
  const { identity } = named;
  named.identity = undefined;
  const server = makeHalf('server', { container: named });
  const unnamed = flowOf(makeHalf('client'), peerOf(server));
  const unfound = flowOf(makeHalf('client'), { ...UNKNOWN, cause: 'no-socket' });
  const never = flowOf(makeHalf('client'), { ...UNKNOWN, cause: 'no-owner' });
  for (const flow of [unnamed, unfound, never]) sink.closed(flow);
  pass(1_000);
  assert.equal(spans.length, 0);
  named.identity = identity;
  unfound.peer = peerOf(server);
  pass(1_000);
  assert.deepEqual(
    spans.map(({ attributes }) => attributes['sonde.peer.container.id']),
    [identity?.id, identity?.id],
  );
  pass(4_000);
  assert.equal(spans[2]?.attributes['sonde.stitch.cause'], 'no-owner', 'nobody waits for ever');
});

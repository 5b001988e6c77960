import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerFlows } from '../../../src/aggregate/container-flows.ts';
import { createFlowBook } from '../../../src/aggregate/flow-book.ts';
import type { Flow, HalfFlow, Peer } from '../../../src/model/flow.ts';
import { pidOf } from '../../../src/model/ids.ts';
import type { Series } from '../../../src/model/series.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { emptyCells, makeContainer } from './fixtures.ts';

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

let ids = 0;
function makeHalf(over: Partial<HalfFlow> = {}): HalfFlow {
  return {
    id: ++ids,
    container: makeContainer(),
    pid: pidOf(7),
    processName: 'curl',
    netnsInode: 1,
    tuple: {
      transport: 'tcp',
      networkType: 'ipv4',
      localAddress: '172.17.0.2',
      localPort: 40_000 + ids,
      remoteAddress: '10.0.0.9',
      remotePort: 80,
    },
    role: 'client',
    openedMs: 0,
    closedMs: undefined,
    isPreexisting: false,
    fingerprint: { clientIsn: 1, serverIsn: 2 },
    counters: {
      transmittedBytes: 0,
      receivedBytes: 0,
      transmittedMessages: 0,
      receivedMessages: 0,
      retransmittedSegments: 0,
      rttUs: undefined,
    },
    connectDurationUs: 300,
    failure: undefined,
    ...over,
  };
}

function setUp(limit = 100) {
  const clock = { nowMs: 1_000 };
  const ledger = createLedger();
  const flows = new ContainerFlows(500, limit, ledger);
  const book = createFlowBook({ ledger, nowMs: () => clock.nowMs, flowsOf: () => flows });
  const value = (name: string, wanted: Record<string, unknown> = {}): number =>
    flows.set
      .live()
      .filter(
        (series) =>
          series.metric.name === name &&
          Object.entries(wanted).every(([key, value]) => series.attributes[key] === value),
      )
      .reduce((sum, { value }) => sum + (typeof value === 'number' ? value : value.count), 0);
  return { clock, ledger, flows, book, value };
}

const makeFlow = (half: HalfFlow, peer: Peer = UNKNOWN): Flow => ({ half, peer, connectionId: undefined });
const SENT = { 'network.io.direction': 'transmit' };

test('nothing is booked before the other end was looked for, then everything', () => {
  const { book, value } = setUp();
  const half = makeHalf();
  half.counters.transmittedBytes = 100;
  half.counters.rttUs = 250;
  book.counted(half);
  assert.equal(value('sonde.flow.io'), 0);
  book.opened(makeFlow(half));
  assert.equal(value('sonde.flow.io', SENT), 100);
  assert.equal(value('sonde.flow.rtt'), 1);
  assert.equal(value('sonde.flow.active'), 1);
  assert.equal(value('sonde.flow.connections', { 'sonde.flow.event': 'opened' }), 1);
  assert.equal(value('sonde.flow.connect.duration'), 1);
  assert.equal(value('sonde.flow.resolved', { 'sonde.stitch.cause': 'no-route' }), 1);
});

test('booked bytes never move; later bytes go where the peer is known', () => {
  const { book, value } = setUp();
  const half = makeHalf();
  const flow = makeFlow(half);
  book.opened(flow);
  half.counters.transmittedBytes = 100;
  book.counted(half);
  const peer: Peer = {
    ...UNKNOWN,
    kind: 'container',
    container: makeContainer({ key: '0:77' }),
    confidence: 'confirmed',
  };
  flow.peer = peer;
  book.updated(flow, UNKNOWN);
  half.counters.transmittedBytes = 130;
  book.counted(half);
  assert.equal(value('sonde.flow.io', { 'sonde.peer.kind': 'unknown' }), 100);
  assert.equal(value('sonde.flow.io', { 'sonde.peer.kind': 'container' }), 30);
  assert.equal(value('sonde.flow.active', { 'sonde.peer.kind': 'unknown' }), 0);
  assert.equal(value('sonde.flow.active', { 'sonde.peer.kind': 'container' }), 1);
  half.closedMs = 2;
  book.closed(flow);
  assert.equal(value('sonde.flow.active'), 0);
  assert.equal(value('sonde.flow.connections', { 'sonde.flow.event': 'closed' }), 1);
});

test('a name that comes late is a new series for later bytes', () => {
  const { book, value } = setUp();
  const container = makeContainer({ key: '0:78', identity: undefined });
  const named = makeContainer().identity;
  const half = makeHalf();
  book.opened(makeFlow(half, { ...UNKNOWN, kind: 'container', container, confidence: 'confirmed' }));
  half.counters.receivedBytes = 10;
  book.counted(half);
  container.identity = named;
  half.counters.receivedBytes = 25;
  book.counted(half);
  assert.equal(value('sonde.flow.io', { 'sonde.peer.container.name': 'web' }), 15);
  assert.equal(value('sonde.flow.io'), 25);
});

test('a connect that failed is one failure: not opened, not closed, not active', () => {
  const { book, value } = setUp();
  const half = makeHalf({ fingerprint: undefined, failure: 'refused', connectDurationUs: undefined });
  book.opened(makeFlow(half));
  half.closedMs = 1;
  book.closed(makeFlow(half));
  assert.equal(value('sonde.flow.connections'), 1);
  assert.equal(value('sonde.flow.connections', { 'sonde.flow.event': 'failed', 'error.type': 'refused' }), 1);
  assert.equal(value('sonde.flow.active'), 0);
});

test('one series for a thousand clients: ephemeral ports never appear', () => {
  const { book, flows, value } = setUp();
  for (let i = 0; i < 1000; i++) {
    const half = makeHalf({ role: i % 2 ? 'client' : 'server', connectDurationUs: undefined });
    const tuple = i % 2 ? half.tuple : { ...half.tuple, localPort: 8080, remotePort: 30_000 + i };
    const own = { ...half, tuple };
    own.counters.transmittedBytes = 1;
    book.opened(makeFlow(own));
    own.closedMs = 5;
    book.closed(makeFlow(own));
  }
  const io = flows.set.live().filter(({ metric }) => metric.name === 'sonde.flow.io');
  assert.deepEqual(io.map(({ attributes }) => attributes['server.port']).sort(), [80, 8080]);
  assert.equal(value('sonde.flow.io'), 1000);
});

test('over the bound the sum over a metric stays right, in the overflow series', () => {
  const { book, flows, value } = setUp(40);
  for (let port = 1; port <= 500; port++) {
    const half = makeHalf();
    const own = { ...half, tuple: { ...half.tuple, remotePort: port } };
    own.counters.transmittedBytes = 7;
    own.counters.rttUs = 100;
    book.counted(own);
    book.opened(makeFlow(own));
  }
  const bounded: readonly Series[] = flows.set.live();
  assert.ok(bounded.length <= 40 + 8, 'one overflow series a metric');
  assert.equal(value('sonde.flow.io'), 3500);
  assert.ok(value('sonde.flow.io', { 'otel.metric.overflow': true }) > 0);
  assert.equal(value('sonde.flow.rtt'), 500);
  assert.equal(value('sonde.flow.active'), 500);
});

test('what the ring lost is counted in the overflow series, once', () => {
  const { flows, value } = setUp();
  const cells = { ...emptyCells(), lostFlows: 3, lostFlowFailures: 1, lostFlowSentBytes: 50, lostFlowReceivedBytes: 5 };
  flows.bookLost(cells);
  flows.bookLost(cells);
  assert.equal(value('sonde.flow.io', { 'otel.metric.overflow': true }), 55);
  assert.equal(value('sonde.flow.connections', { 'otel.metric.overflow': true }), 7);
});

test('series nobody uses make room, and start anew', () => {
  const { book, flows, value, clock } = setUp();
  const half = makeHalf();
  half.counters.transmittedBytes = 5;
  book.opened(makeFlow(half));
  book.closed(makeFlow(half));
  flows.expire(clock.nowMs + 1_000);
  assert.equal(value('sonde.flow.io'), 5);
  clock.nowMs += 700_000;
  flows.expire(clock.nowMs);
  assert.equal(value('sonde.flow.io'), 0);
  assert.ok(flows.set.takeEnded().some(({ metric }) => metric.name === 'sonde.flow.io'));
  const again = makeHalf();
  again.counters.transmittedBytes = 6;
  book.opened(makeFlow(again));
  const series = flows.set.live().find(({ metric }) => metric.name === 'sonde.flow.io');
  assert.deepEqual([series?.value, series?.startMs], [6, clock.nowMs]);
});

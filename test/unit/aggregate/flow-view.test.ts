import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerFlows } from '../../../src/aggregate/container-flows.ts';
import { createFlowBook } from '../../../src/aggregate/flow-book.ts';
import { makeFlowView } from '../../../src/aggregate/flow-view.ts';
import type { Flow, HalfFlow, Peer } from '../../../src/model/flow.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { emptyCells, makeContainer } from './fixtures.ts';

const container = makeContainer();
const DATABASE: Peer = {
  kind: 'external',
  container: undefined,
  half: undefined,
  address: '10.0.0.9',
  port: 5432,
  method: 'external',
  confidence: 'assumed',
  cause: 'no-agent',
  via: undefined,
};

let ids = 0;
function flowTo(port: number, change: Partial<HalfFlow> = {}, peer = DATABASE): Flow {
  const half: HalfFlow = {
    id: ++ids,
    container,
    pid: undefined,
    processName: 'app',
    netnsInode: 1,
    tuple: {
      transport: 'tcp',
      networkType: 'ipv4',
      localAddress: '172.17.0.2',
      localPort: 40_000 + ids,
      remoteAddress: '10.0.0.9',
      remotePort: port,
    },
    role: 'client',
    openedMs: 0,
    closedMs: undefined,
    isPreexisting: false,
    fingerprint: { clientIsn: 1, serverIsn: 2 },
    counters: {
      transmittedBytes: 10,
      receivedBytes: 20,
      transmittedMessages: 1,
      receivedMessages: 1,
      retransmittedSegments: 1,
      rttUs: 300,
    },
    connectDurationUs: undefined,
    failure: undefined,
    ...change,
  };
  return { half, peer, connectionId: undefined };
}

function setUp(limit = 100) {
  const ledger = createLedger();
  const flows = new ContainerFlows(0, limit, ledger);
  const book = createFlowBook({ ledger, nowMs: () => 1000, flowsOf: () => flows });
  const view = () => makeFlowView([[container, flows]], { nowMs: 2000, sinceMs: 500 });
  return { book, flows, ledger, view };
}

test('flows of equal ends are one row, with all they moved', () => {
  const { book, view } = setUp();
  const first = flowTo(5432);
  for (const flow of [first, flowTo(5432)]) {
    book.counted(flow.half);
    book.opened(flow);
  }
  book.closed(first);
  const { rows, timeMs, sinceMs } = view();
  assert.equal(rows.length, 1);
  const [row] = rows;
  assert.ok(row);
  assert.deepEqual([timeMs, sinceMs], [2000, 500]);
  assert.deepEqual([row.transmittedBytes, row.receivedBytes, row.retransmittedSegments, row.rttUs], [20, 40, 2, 300]);
  assert.deepEqual([row.activeConnections, row.openedConnections, row.closedConnections], [1, 2, 1]);
  assert.deepEqual([row.process, row.role, row.serverAddress, row.serverPort], ['app', 'client', '10.0.0.9', 5432]);
  assert.deepEqual([row.peer.confidence, row.peer.cause, row.peer.port], ['assumed', 'no-agent', 5432]);
});

test('failed connections carry their causes', () => {
  const { book, view } = setUp();
  for (const failure of ['refused', 'refused', 'timeout']) {
    book.closed(flowTo(81, { failure, fingerprint: undefined, closedMs: 5 }));
  }
  const [row] = view().rows;
  assert.equal(row?.failedConnections, 3);
  assert.deepEqual(row?.failures, { refused: 2, timeout: 1 });
  assert.equal(row?.activeConnections, 0);
});

test('the client of a server has no port, as the kernel chose it', () => {
  const { book, view } = setUp();
  const flow = flowTo(0, { role: 'server' });
  book.opened(flow);
  assert.equal(view().rows[0]?.peer.port, undefined);
});

test('more groups than the bound are one row that says so, and nothing is missing', () => {
  const { book, view, ledger, flows } = setUp(5);
  const all = Array.from({ length: 40 }, (_, index) => flowTo(1000 + index));
  for (const flow of all) book.opened(flow);
  const { rows } = view();
  assert.equal(rows.length, 6);
  assert.equal(
    rows.reduce((sum, row) => sum + row.transmittedBytes, 0),
    400,
  );
  const over = rows.find(({ peer }) => peer.kind === 'overflow');
  assert.equal(over?.activeConnections, 35);
  assert.ok(ledger.rows().some(({ reason, count }) => reason === 'flow-group-bound' && count === 35));
  for (const flow of all) book.closed(flow);
  assert.equal(
    view().rows.reduce((sum, row) => sum + row.activeConnections, 0),
    0,
  );
  const active = flows.set.live().filter(({ metric }) => metric.name === 'sonde.flow.active');
  assert.equal(
    active.reduce((sum, { value }) => sum + Number(value), 0),
    0,
  );
});

test('a view has most bytes first and says how much it does not show', () => {
  const ledger = createLedger();
  const flows = new ContainerFlows(0, 5000, ledger);
  const book = createFlowBook({ ledger, nowMs: () => 1000, flowsOf: () => flows });
  for (let port = 1; port <= 1200; port++) {
    const flow = flowTo(port);
    flow.half.counters.transmittedBytes = port;
    book.opened(flow);
  }
  flows.bookLost({ ...emptyCells(), lostFlows: 2, lostFlowFailures: 1 });
  const view = makeFlowView([[container, flows]], { nowMs: 1, sinceMs: 0 });
  assert.equal(view.rows.length, 1000);
  assert.equal(view.hiddenRows, 200);
  assert.equal(view.rows[0]?.serverPort, 1200);
  assert.equal(view.lostConnections, 3);
});

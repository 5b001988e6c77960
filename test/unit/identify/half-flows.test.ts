import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../src/identify/flow-failure.ts';
import { createHalfFlows } from '../../../src/identify/half-flows.ts';
import type { HalfFlow } from '../../../src/model/flow.ts';
import type { FlowCounts, FlowEnds } from '../../../src/model/flow-facts.ts';
import { pidOf, slotOf } from '../../../src/model/ids.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { makeContainer } from '../aggregate/fixtures.ts';
import { createManualClock } from '../manual-clock.ts';

const ends = (over: Partial<FlowEnds> = {}): FlowEnds => ({
  id: 1,
  slot: slotOf(1),
  pid: pidOf(7),
  processName: 'nginx',
  netnsInode: 4,
  tuple: {
    transport: 'tcp',
    networkType: 'ipv4',
    localAddress: '172.17.0.2',
    localPort: 80,
    remoteAddress: '172.17.0.3',
    remotePort: 40_000,
  },
  role: 'server',
  openedBootNs: 5e6,
  fingerprint: { clientIsn: 1, serverIsn: 2 },
  connectDurationUs: undefined,
  ...over,
});

const counts = (over: Partial<FlowCounts> = {}): FlowCounts => ({
  sentBytes: 0,
  receivedBytes: 0,
  sentMessages: 0,
  receivedMessages: 0,
  retransmits: 0,
  rttUs: undefined,
  ...over,
});

function setUp(limit?: number) {
  const clock = createManualClock();
  const ledger = createLedger();
  const said: [string, HalfFlow][] = [];
  const note = (what: string) => (half: HalfFlow) => void said.push([what, half]);
  const flows = createHalfFlows(
    { clock, ledger, ...(limit === undefined ? {} : { limit }) },
    {
      opened: note('opened'),
      changed: note('changed'),
      closed: note('closed'),
      counted: note('counted'),
      answered: () => undefined,
    },
  );
  const container = makeContainer();
  flows.containerOpened(container);
  const rows = () => Object.fromEntries(ledger.rows().map((row) => [`${row.outcome} ${row.reason}`, row.count]));
  return { clock, flows, said, container, rows, words: () => said.map(([what]) => what) };
}

test('one object from the opening to the end, with the container and final counters', () => {
  const { flows, said, container, words, clock } = setUp();
  flows.push({ kind: 'flow-opened', bootNs: 6e6, ends: ends(), counts: counts() });
  flows.push({
    kind: 'flow-counted',
    bootNs: 7e6,
    id: 1,
    pid: pidOf(8),
    processName: 'worker',
    counts: counts({ sentBytes: 10, rttUs: 90 }),
  });
  flows.push({
    kind: 'flow-closed',
    bootNs: 9e6,
    ends: ends({ pid: pidOf(8), processName: 'worker' }),
    counts: counts({ sentBytes: 30, receivedBytes: 4 }),
    errno: 104,
    isAborted: false,
  });
  assert.deepEqual(words(), ['opened', 'counted', 'counted', 'counted', 'closed']);
  const half = said[0]?.[1];
  assert.ok(half && said.every(([, own]) => own === half));
  assert.equal(half.container, container);
  assert.deepEqual([half.pid, half.processName], [8, 'worker']);
  assert.deepEqual([half.counters.transmittedBytes, half.counters.receivedBytes], [30, 4]);
  assert.deepEqual([half.openedMs, half.closedMs], [clock.bootToWallMs(5e6), clock.bootToWallMs(9e6)]);
  assert.equal(half.failure, 'reset');
  assert.equal(flows.size, 0);
});

test('records out of order: counters never fall, an end without opening is whole', () => {
  const { flows, said, words } = setUp();
  flows.push({ kind: 'flow-opened', bootNs: 6e6, ends: ends(), counts: counts({ sentBytes: 50 }) });
  flows.push({ kind: 'flow-opened', bootNs: 5e6, ends: ends(), counts: counts({ sentBytes: 20 }) });
  assert.equal(said[0]?.[1].counters.transmittedBytes, 50);
  flows.push({
    kind: 'flow-closed',
    bootNs: 9e6,
    ends: ends({ id: 2 }),
    counts: counts({ sentBytes: 7 }),
    errno: 0,
    isAborted: true,
  });
  assert.deepEqual(words().slice(-3), ['opened', 'counted', 'closed']);
  const half = said.at(-1)?.[1];
  assert.deepEqual([half?.id, half?.counters.transmittedBytes, half?.failure], [2, 7, 'aborted']);
});

test('a connect that failed is handed on as opened and closed at once', () => {
  const { flows, said, words } = setUp();
  flows.push({ kind: 'flow-failed', bootNs: 6e6, ends: ends({ fingerprint: undefined, role: 'client' }), errno: 111 });
  assert.deepEqual(words(), ['opened', 'closed']);
  assert.equal(said[0]?.[1].failure, 'refused');
  assert.equal(flows.size, 0);
});

test('a flow that two full passes miss has ended; one opened after the pass began has not', () => {
  const { flows, said, clock, rows } = setUp();
  const alive = (id: number) =>
    flows.push({ kind: 'flow-alive', bootNs: (clock.wallMs() - 1_700_000_000_000) * 1e6, id });
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends(), counts: counts() });
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends({ id: 2 }), counts: counts() });
  for (let pass = 0; pass < 2; pass++) {
    clock.advance(10_000);
    const startedMs = clock.wallMs();
    alive(2);
    flows.push({ kind: 'flow-opened', bootNs: 20_001e6, ends: ends({ id: 3 }), counts: counts() });
    flows.fullPassEnded(startedMs);
  }
  assert.deepEqual(
    said.filter(([what]) => what === 'closed').map(([, half]) => half.id),
    [1],
  );
  assert.equal(flows.size, 2);
  assert.equal(rows()['dropped flow-close-record-lost'], 1);
});

test('over the limit a flow is only seen at its end, and counted as shed', () => {
  const { flows, words, rows } = setUp(1);
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends(), counts: counts() });
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends({ id: 2 }), counts: counts() });
  assert.deepEqual([flows.size, rows()['shed flow-limit']], [1, 1]);
  flows.push({
    kind: 'flow-closed',
    bootNs: 1,
    ends: ends({ id: 2 }),
    counts: counts({ sentBytes: 9 }),
    errno: 0,
    isAborted: false,
  });
  assert.deepEqual(words(), ['opened', 'counted', 'opened', 'counted', 'closed']);
});

test('flows of unknown slots and of filtered containers are not handed on', () => {
  const { flows, container, words, rows } = setUp();
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends({ slot: slotOf(9) }), counts: counts() });
  assert.equal(rows()['dropped flow-unknown-slot'], 1);
  flows.push({ kind: 'flow-opened', bootNs: 0, ends: ends(), counts: counts() });
  flows.containerClosed(container, true);
  flows.push({
    kind: 'flow-counted',
    bootNs: 1,
    id: 1,
    pid: undefined,
    processName: undefined,
    counts: counts({ sentBytes: 5 }),
  });
  assert.deepEqual([flows.size, words()], [0, ['opened', 'counted']]);
});

test('causes people ask for have names; other numbers keep theirs', () => {
  assert.deepEqual(
    [111, 110, 104, 32, 113, 101, 1, 9999].map((errno) => failureOf(errno, undefined)),
    ['refused', 'timeout', 'reset', 'reset', 'unreachable', 'unreachable', 'EPERM', '_OTHER'],
  );
  assert.deepEqual([failureOf(0, undefined), failureOf(0, 'aborted')], [undefined, 'aborted']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { FLOW_SORTS, type FlowLine, filterFlows, sortFlows } from '../../../../src/cli/flows/flow-line.ts';
import { createFlowRates } from '../../../../src/cli/flows/flow-rates.ts';
import { flowDetails } from '../../../../src/cli/flows/flow-table.ts';
import { flowJsonLines, flowText } from '../../../../src/cli/flows/print.ts';
import { widthOf } from '../../../../src/cli/top/render/text.ts';
import { createTheme } from '../../../../src/cli/top/render/theme.ts';
import { CONFIRMED, flowRowOf, flowViewOf, UNRESOLVED } from '../flow-views.ts';

const NONE = createTheme({ isUnicode: true, style: 'none' });
const ASCII = createTheme({ isUnicode: false, style: 'none' });
const COLOUR = createTheme({ isUnicode: true, style: 'colour' });
const WHOLE = { hiddenRows: 0, lostConnections: 0 };

const lineOf = (change: Parameters<typeof flowRowOf>[0] = {}): FlowLine => ({
  row: flowRowOf(change),
  transmittedRateBytesPerSec: undefined,
  receivedRateBytesPerSec: undefined,
});
const linesOf = (count: number) => createFlowRates().push(flowViewOf(count));

test('both ends, the service, bytes and certainty stand in one row at 80 columns', () => {
  const [summary, header, row] = flowText([lineOf()], WHOLE, 80, NONE).split('\n');
  assert.match(summary ?? '', /^ {2}1 flow +2 open connections +4.0K sent +1.0M received$/);
  assert.match(header ?? '', /^ {2}CONTAINER +PEER +SERVICE +▾SENT +RECV +CONN +SURE$/);
  assert.match(row ?? '', /^ {2}checkout-api +→ +redis-cache +172\.18\.0\.9:6379 +4\.0K +1\.0M +2 +confirmed$/);
});

test('a flow whose other end is not known looks like it: marked, with its cause, and counted', () => {
  const text = flowText([lineOf({ peer: UNRESOLVED })], WHOLE, 120, COLOUR);
  const isWarning = (part: string) => text.includes(`\x1b[33m${part}`);
  assert.ok(isWarning('? 172.18.0.9'));
  assert.ok(isWarning('nat-expired'));
  assert.ok(isWarning('1\x1b[0m\x1b[2m unresolved'));
  assert.doesNotMatch(stripVTControlCharacters(text), /route|redis-cache/);
});

test('what is over a bound or lost is said', () => {
  const overflow = { ...UNRESOLVED, kind: 'overflow', address: '', cause: 'overflow' } as const;
  const text = flowText(
    [lineOf({ peer: overflow, serverAddress: '' })],
    { hiddenRows: 7, lostConnections: 3 },
    160,
    NONE,
  );
  assert.match(text, /1 of 8 flows +3 connections lost/);
  assert.match(text, /\(flows over the bound\) .* overflow/);
  assert.doesNotMatch(text, /unresolved/);
});

test('failures, RTT and retransmits have columns only where there are any', () => {
  const quiet = flowText([lineOf({ rttUs: undefined })], WHOLE, undefined, NONE);
  assert.doesNotMatch(quiet, /FAIL|RTT|RETR|TX\/S/);
  const loud = flowText([lineOf({ failedConnections: 2, retransmittedSegments: 9 })], WHOLE, undefined, NONE);
  assert.match(loud, /FAIL +RTT +RETR/);
  assert.match(loud, / 2 +240µs +9 /);
  assert.match(flowText([lineOf()], WHOLE, undefined, ASCII), /->.* 240us/);
});

test('IPv6, UDP, hosts and externals are told apart', () => {
  const peers = [
    lineOf({ serverAddress: 'fd00::1', serverPort: 80, transport: 'udp' }),
    lineOf({ id: 2, peer: { ...CONFIRMED, kind: 'host', name: undefined, process: 'sshd' } }),
    lineOf({ id: 3, peer: { ...CONFIRMED, kind: 'external', name: undefined, address: '203.0.113.9' } }),
  ];
  const text = flowText(peers, WHOLE, undefined, NONE);
  assert.match(text, /\[fd00::1\]:80\/udp/);
  assert.match(text, /→ +host sshd/);
  assert.match(text, /→ +203\.0\.113\.9 /);
});

test('rates are the mean of the last views, start with the second one, and survive a restarted agent', () => {
  const rates = createFlowRates();
  const view = (second: number, bytes: number, sinceMs = 0) => ({
    ...flowViewOf(0, second),
    sinceMs,
    rows: [flowRowOf({ transmittedBytes: bytes, receivedBytes: 0 })],
  });
  const rateOf = (lines: readonly FlowLine[]) => lines[0]?.transmittedRateBytesPerSec;
  assert.equal(rateOf(rates.push(view(0, 1000))), undefined);
  assert.equal(rateOf(rates.push(view(1, 1400))), 400);
  assert.equal(rateOf(rates.push(view(2, 1400))), 200);
  assert.equal(rateOf(rates.push(view(3, 1400, 9))), undefined, 'another run of the agent');
  assert.equal(rateOf(rates.push(view(4, 10, 9))), 0, 'counts do not fall');
});

test('a flow that is new counts from its first byte', () => {
  const rates = createFlowRates();
  rates.push(flowViewOf(0, 0));
  const [line] = rates.push({ ...flowViewOf(0, 2), rows: [flowRowOf({ transmittedBytes: 600 })] });
  assert.equal(line?.transmittedRateBytesPerSec, 300);
});

test('sorts by every column, names from A, the rest largest first', () => {
  const lines = linesOf(30);
  for (const sort of FLOW_SORTS) {
    const sorted = sortFlows(lines, sort, false);
    assert.equal(new Set(sorted.map(({ row }) => row.id)).size, 30);
    assert.deepEqual(sortFlows(sorted.toReversed(), sort, false), sorted, `${sort} is stable`);
  }
  const names = sortFlows(lines, 'container', false).map(({ row }) => row.containerName);
  assert.deepEqual(names, names.toSorted());
  const failed = sortFlows(lines, 'failed', false).map(({ row }) => row.failedConnections);
  assert.deepEqual(
    failed,
    failed.toSorted((a, b) => b - a),
  );
});

test('filters by either end, service, method or cause', () => {
  const lines = [lineOf(), lineOf({ id: 2, containerName: 'other', peer: UNRESOLVED, serverPort: 99 })];
  const found = (filter: string) => filterFlows(lines, filter).map(({ row }) => row.id);
  assert.deepEqual(found('REDIS-CACHE'), [1]);
  assert.deepEqual(found('checkout'), [1, 2], 'the image counts');
  assert.deepEqual(found(':99'), [2]);
  assert.deepEqual(found('nat-exp'), [2]);
  assert.deepEqual(found(' '), [1, 2]);
  assert.deepEqual(found('nothing'), []);
});

test('--json is a row a line with the time of its view', () => {
  const text = flowJsonLines(linesOf(4), { timeMs: 17 });
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(rows.length, 4);
  assert.ok(rows.every(({ timeMs }) => timeMs === 17));
  assert.deepEqual(rows[0].peer.confidence, 'confirmed');
});

test('any names at any width: no line wider, no control character', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\x1b[2J\x07', '‮evil', '字'.repeat(40), ''));
  const number = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(-1, Number.MAX_VALUE));
  const anyRow = fc.record({ a: text, b: text, c: text, d: text, n: number, m: number }).map(({ a, b, c, d, n, m }) =>
    flowRowOf({
      containerName: a,
      process: b,
      serverAddress: c,
      serverPort: n,
      transmittedBytes: m,
      rttUs: n,
      failedConnections: m,
      failures: { [d]: n },
      peer: { ...CONFIRMED, name: d, process: a, address: b, viaAddress: c, viaPort: n },
    }),
  );
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 5 }), fc.integer({ min: 1, max: 300 }), (rows, width) => {
      const lines = createFlowRates().push({ ...flowViewOf(0), rows });
      const all = [
        ...flowText(lines, WHOLE, width, NONE).slice(0, -1).split('\n'),
        ...lines.flatMap((line) => flowDetails(line, width, NONE)),
      ];
      for (const line of all) {
        assert.ok(widthOf(line) <= width, `${JSON.stringify(line)} is wider than ${width}`);
        assert.doesNotMatch(line, /\p{Cc}|\u202e/u);
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { FLOW_SORTS } from '../../../../src/cli/flows/flow-line.ts';
import { createFlowRates } from '../../../../src/cli/flows/flow-rates.ts';
import { orderedKeys, orderedRows, renderScreen } from '../../../../src/cli/top/render/screen.ts';
import { widthOf } from '../../../../src/cli/top/render/text.ts';
import { createTheme } from '../../../../src/cli/top/render/theme.ts';
import { SORTS } from '../../../../src/cli/top/row.ts';
import { INITIAL_STATE, type ViewState } from '../../../../src/cli/top/state.ts';
import type { ViewModel } from '../../../../src/cli/top/view-model.ts';
import { flowViewOf } from '../flow-views.ts';
import { frameOf, statusOf } from '../frames.ts';
import { anyNumber, hostileFlows, hostileFrame, hostileText } from './hostile-frames.ts';

const COLOUR = createTheme({ isUnicode: true, style: 'colour' });
const NONE = createTheme({ isUnicode: true, style: 'none' });
const ASCII = createTheme({ isUnicode: false, style: 'none' });

const modelOf = (frame = frameOf(3), change: Partial<ViewModel> = {}): ViewModel => ({
  frame,
  status: statusOf(),
  outage: undefined,
  hostCpuRatio: 0.371,
  flows: undefined,
  cpuTrend: new Map(frame.containers.map(({ container }) => [container.key, [0.1, 0.5, 1.2]])),
  ...change,
});

function linesOf(model: ViewModel, state: ViewState, columns: number, rows: number, theme = NONE, top = 0) {
  return renderScreen(model, state, { columns, rows }, theme, top);
}

test('any frame at any size: no line wider than the terminal, no line too many, no control character', () => {
  const states = fc.record({
    page: fc.constantFrom('containers' as const, 'flows' as const),
    sort: fc.constantFrom(...SORTS),
    flowSort: fc.constantFrom(...FLOW_SORTS),
    isReversed: fc.boolean(),
    selectedKey: fc.option(
      fc.nat(60).chain((id) => fc.constantFrom(`0:${id}`, `flow:${id}`)),
      { nil: undefined },
    ),
    expanded: fc.array(fc.nat(60).chain((id) => fc.constantFrom(`0:${id}`, `flow:${id}`))).map((keys) => new Set(keys)),
    filter: fc.oneof(fc.constant(''), hostileText),
    isEditingFilter: fc.boolean(),
    isPaused: fc.boolean(),
    isHelpOpen: fc.boolean(),
  });
  const models = fc.record({
    frame: fc.option(hostileFrame, { nil: undefined }),
    status: fc.option(
      fc.tuple(hostileText, hostileText, anyNumber).map(([hostName, detail, queuedBytes]) =>
        statusOf({
          hostName,
          kernelRelease: detail,
          exportState: { state: 'failing', endpoint: hostName, queuedBytes, detail },
        }),
      ),
      { nil: undefined },
    ),
    outage: fc.option(hostileText, { nil: undefined }),
    flows: fc.option(hostileFlows, { nil: undefined }),
    hostCpuRatio: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    cpuTrend: fc
      .array(
        fc.tuple(
          fc.nat(60).map((id) => `0:${id}`),
          fc.array(anyNumber, { maxLength: 30 }),
        ),
      )
      .map((all) => new Map(all)),
  });
  const themes = fc.constantFrom(COLOUR, NONE, ASCII);
  fc.assert(
    fc.property(
      models,
      states,
      fc.integer({ min: 20, max: 260 }),
      fc.integer({ min: 5, max: 80 }),
      themes,
      (model, state, columns, rows, theme) => {
        const { lines } = linesOf(model, state, columns, rows, theme, 3);
        assert.ok(lines.length <= rows, `${lines.length} lines`);
        for (const line of lines) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the sequences the theme makes
          const text = theme === COLOUR ? line.replace(/\x1b\[(0|1|2|7|33|1;31|1;36)m/g, '') : line;
          assert.doesNotMatch(text, /\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u);
          if (theme === ASCII) assert.match(text, /^[\x20-\x7e]*$/);
          assert.ok(widthOf(text) <= columns, `${widthOf(text)} of ${columns}: ${JSON.stringify(text)}`);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('80 × 24 holds what matters, aligned under its titles', () => {
  const { lines } = linesOf(modelOf(), INITIAL_STATE, 80, 24);
  assert.equal(lines.length, 24);
  const header = lines.find((line) => line.includes('CONTAINER')) ?? '';
  for (const title of ['CPU %', 'MEM', 'CALL/S', 'ERR/S', 'READ/S', 'WRITE/S', 'RX/S', 'TX/S', 'PROC']) {
    assert.ok(header.includes(title), title);
  }
  const rows = lines.filter((line) => /web-frontend|checkout-api|postgres-main/.test(line));
  assert.equal(rows.length, 3);
  for (const title of ['CPU %', 'MEM', 'CALL/S', 'ERR/S']) {
    const end = header.indexOf(title) + title.length;
    for (const row of rows) assert.match(row.slice(end - 1, end + 1), /^[^ ] $/, `${title}: ${row}`);
  }
});

test('narrow terminals lose columns from the least important, never the sorted one', () => {
  const titles = (columns: number, state = INITIAL_STATE) =>
    linesOf(modelOf(), state, columns, 24).lines.find((line) => line.includes('CONTAINER')) ?? '';
  assert.match(titles(40), /CPU %.*MEM/);
  assert.doesNotMatch(titles(40), /IMAGE|PROC/);
  assert.match(titles(40, { ...INITIAL_STATE, sort: 'network' }), /RX\/S/);
  assert.match(titles(200), /IMAGE.*RUNTIME.*AGE.*CPU, 30 s.*CPUS.*LIMIT.*OPEN\/S/);
});

test('the chosen row and its details stay in sight, the view moves no more than needed', () => {
  const model = modelOf(frameOf(50));
  const order = orderedRows(model, INITIAL_STATE).map((row) => row.container.key);
  const state = { ...INITIAL_STATE, selectedKey: order[30], expanded: new Set([order[30] ?? '']) };
  const first = linesOf(model, state, 120, 30);
  const at = first.lines.findIndex((line) => line.startsWith('›'));
  assert.ok(at > 0 && first.lines.slice(at).some((line) => line.includes('HOT FILE')));
  const up = { ...state, expanded: new Set<string>(), selectedKey: order[29] };
  assert.equal(linesOf(model, up, 120, 30, NONE, first.topLine).topLine, first.topLine);
  assert.equal(linesOf(model, { ...up, selectedKey: order[0] }, 120, 30, NONE, first.topLine).topLine, 0);
});

test('says what is lost, what fails and why there are no frames', () => {
  const text = (change: Partial<ViewModel>) =>
    linesOf(modelOf(frameOf(1), change), INITIAL_STATE, 160, 24).lines.join('\n');
  assert.match(text({}), /nothing lost.*exports to http:\/\/otel.example:4317/);
  assert.match(text({ frame: { ...frameOf(1), lost: { ring_full: 1200 } } }), /losing 1.2k\/s ring_full/);
  assert.match(text({ status: statusOf({ lostTotal: 12 }) }), /12 records lost since start/);
  const failing = {
    state: 'failing',
    endpoint: 'x',
    queuedBytes: 2097152,
    detail: 'SND_EXP_UNREACHABLE refused',
  } as const;
  assert.match(
    text({ status: statusOf({ exportState: failing }) }),
    /export fails \(2.0M wait\) SND_EXP_UNREACHABLE refused/,
  );
  assert.match(text({ outage: 'SND_AGT_NOT_RUNNING no agent answers' }), /no frames: SND_AGT_NOT_RUNNING/);
  assert.match(text({ status: statusOf({ programsLoaded: 12 }) }), /12 of 14 programs/);
});

test('with syscalls off, the details say so', () => {
  const frame = frameOf(1);
  const bare = { ...frame, containers: frame.containers.map((row) => ({ ...row, topClasses: [], hotFiles: [] })) };
  const state = { ...INITIAL_STATE, expanded: new Set([frame.containers[0]?.container.key ?? '']) };
  const model = modelOf(bare, { status: statusOf({ syscalls: 'off' }) });
  assert.match(linesOf(model, state, 120, 24).lines.join('\n'), /off \(SONDE_SYSCALLS=off\)/);
});

test('colour only where something deserves it; NO_COLOR has none', () => {
  const plain = createTheme({ isUnicode: true, style: 'plain' });
  const coloured = linesOf(modelOf(), INITIAL_STATE, 120, 30, COLOUR).lines.join('');
  const colourless = linesOf(modelOf(), INITIAL_STATE, 120, 30, plain).lines.join('');
  assert.ok(coloured.includes('\x1b[1;36m'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for any colour code
  assert.doesNotMatch(colourless, /\x1b\[[0-9;]*3\d/);
  assert.equal(stripVTControlCharacters(coloured), stripVTControlCharacters(colourless));
});

const flowsModel = (count: number, change: Partial<ViewModel> = {}): ViewModel => {
  const rates = createFlowRates();
  rates.push(flowViewOf(count, 0));
  return modelOf(undefined, {
    flows: { lines: rates.push(flowViewOf(count, 1)), hiddenRows: 0, lostConnections: 0 },
    ...change,
  });
};
const FLOWS: ViewState = { ...INITIAL_STATE, page: 'flows' };

test('the flows page holds what matters at 80 × 24, and more the wider it is', () => {
  const titles = (columns: number, state = FLOWS) =>
    linesOf(flowsModel(12), state, columns, 24).lines.find((line) => line.includes('CONTAINER')) ?? '';
  assert.match(titles(80), /CONTAINER +PEER +SERVICE +▾TX\/S +RX\/S .*SURE/);
  assert.match(titles(120), /PROCESS.*PEER.*SENT.*RECV.*CONN.*FAIL.*SURE/);
  assert.match(titles(200), /PROCESS.*OPENED +FAIL +RTT +RETR +FOUND BY +SURE/);
  assert.match(titles(80, { ...FLOWS, flowSort: 'rtt' }), /▾RTT/);
});

test('the flows page filters, opens details, says what it waits for', () => {
  const page = (state: Partial<ViewState>, model = flowsModel(12)) =>
    linesOf(model, { ...FLOWS, ...state }, 120, 40).lines.join('\n');
  assert.match(page({}), /12 flows .*unresolved .*open connections/);
  assert.match(page({ filter: 'redis' }), /2 of 12 flows/);
  assert.match(page({ filter: 'nothing like it' }), /no flow matches the filter/);
  assert.match(page({ expanded: new Set(['flow:6']) }), /unresolved +because nat-expired/);
  assert.match(page({}, modelOf()), /asking for flows/);
  assert.match(page({ isHelpOpen: true }), /where it accepted/);
});

test('the chosen flow stays in sight, as a container does', () => {
  const model = flowsModel(200);
  const order = orderedKeys(model, FLOWS);
  assert.equal(order.length, 200);
  const screen = linesOf(model, { ...FLOWS, selectedKey: order[150] }, 100, 30);
  assert.ok(screen.lines.some((line) => line.startsWith('›')));
});

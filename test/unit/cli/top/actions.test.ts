import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyKey, type Key } from '../../../../src/cli/top/actions.ts';
import { filterRows, sortRows } from '../../../../src/cli/top/row.ts';
import { INITIAL_STATE, type ViewState } from '../../../../src/cli/top/state.ts';
import { displayName } from '../../../../src/model/display-name.ts';
import { containerOf, frameOf } from '../frames.ts';

const CONTEXT = { order: ['a', 'b', 'c', 'd', 'e'], pageRows: 3 };
const named = (name: string): Key => ({ name, sequence: '', isCtrl: false });
const typed = (sequence: string): Key => ({ name: sequence, sequence, isCtrl: false });

function press(keys: readonly Key[], from: ViewState = INITIAL_STATE): ViewState {
  return keys.reduce((state, key) => {
    const next = applyKey(state, key, CONTEXT);
    assert.notEqual(next, 'quit');
    return next as ViewState;
  }, from);
}

test('letters and arrows sort, r reverses', () => {
  const sorts = [...'cmsefnpa'].map((letter) => press([typed(letter)]).sort);
  assert.deepEqual(sorts, ['cpu', 'memory', 'syscalls', 'errors', 'file', 'network', 'processes', 'name']);
  assert.equal(press([named('right')]).sort, 'memory');
  assert.equal(press([named('left'), named('left')]).sort, 'processes');
  assert.equal(press([typed('r')]).isReversed, true);
  assert.equal(press([typed('r'), typed('m')]).isReversed, false);
});

test('q, Ctrl-C and Ctrl-D quit, also from the help; letters in a filter do not', () => {
  assert.equal(applyKey(INITIAL_STATE, typed('q'), CONTEXT), 'quit');
  assert.equal(applyKey(press([typed('/')]), { name: 'c', sequence: '\x03', isCtrl: true }, CONTEXT), 'quit');
  assert.equal(applyKey(press([typed('?')]), typed('q'), CONTEXT), 'quit');
  assert.equal(press([typed('/'), typed('q')]).filter, 'q');
});

test('arrows choose a row and stay on the list', () => {
  const chosen = (...names: string[]) => press(names.map(named)).selectedKey;
  assert.equal(chosen('down'), 'a');
  assert.equal(chosen('down', 'down'), 'b');
  assert.equal(chosen('down', 'pagedown'), 'd');
  assert.equal(chosen('end', 'down'), 'e');
  assert.equal(chosen('end', 'home', 'up'), 'a');
  assert.equal(press([named('down')], { ...INITIAL_STATE, selectedKey: 'gone' }).selectedKey, 'a');
  assert.equal(
    (applyKey(INITIAL_STATE, named('down'), { order: [], pageRows: 3 }) as ViewState).selectedKey,
    undefined,
  );
});

test('enter opens and closes details of the chosen row; escape goes back step by step', () => {
  const open = press([named('down'), named('down'), named('return')]);
  assert.deepEqual([...open.expanded], ['b']);
  assert.deepEqual([...press([named('return')], open).expanded], []);
  const filtered = press([typed('/'), typed('x'), named('return')], open);
  const steps = [press([named('escape')], filtered)];
  steps.push(press([named('escape')], steps[0]), press([named('escape'), named('escape')], steps[0]));
  assert.deepEqual(
    steps.map(({ filter, expanded, selectedKey }) => [filter, expanded.size, selectedKey]),
    [
      ['', 1, 'b'],
      ['', 0, 'b'],
      ['', 0, undefined],
    ],
  );
});

test('the filter takes text only, and only so much', () => {
  const state = press([typed('/'), typed('a'), typed('\x1b[5~'), typed('容'), named('backspace'), typed('b')]);
  assert.equal(state.filter, 'ab');
  assert.equal(press([typed('x'.repeat(500))], state).filter.length, 64);
  assert.equal(press([named('escape')], state).filter, '');
});

test('rows are ordered by value, then by name; odd numbers do not break the order', () => {
  const rows = frameOf(30).containers;
  const cpu = sortRows(rows, 'cpu', false).map((row) => row.cpuRatio);
  assert.deepEqual(
    cpu,
    cpu.toSorted((a, b) => b - a),
  );
  assert.deepEqual(
    sortRows(rows, 'cpu', true).map((row) => row.cpuRatio),
    cpu.toReversed(),
  );
  const names = sortRows(
    rows.map((row) => ({ ...row, memoryBytes: Number.NaN })),
    'memory',
    false,
  ).map(({ container }) => displayName(container));
  assert.deepEqual(names, names.toSorted());
});

test('the filter looks at name, image, id and path', () => {
  const rows = frameOf(30).containers;
  assert.ok(
    filterRows(rows, 'POSTGRES-main').every(({ container }) => container.identity?.name.startsWith('postgres-main')),
  );
  assert.equal(filterRows(rows, rows[4]?.container.identity?.id ?? '').length, 1);
  assert.equal(filterRows(rows, 'no such thing').length, 0);
});

test('a container without a name is called by its cgroup', () => {
  assert.equal(displayName({ ...containerOf(1, undefined), cgroupPath: `/docker/${'ab'.repeat(32)}` }), 'abababababab');
  assert.equal(displayName({ ...containerOf(1, undefined), cgroupPath: '/machine.slice/web.scope' }), 'web.scope');
  assert.equal(displayName({ ...containerOf(1, undefined), cgroupPath: '/' }), '0:41');
});

test('tab and numbers turn the page; letters and arrows sort the page that is shown', () => {
  const flows = press([named('tab')]);
  assert.equal(flows.page, 'flows');
  assert.equal(press([named('tab')], flows).page, 'containers');
  assert.equal(press([typed('2')]).page, 'flows');
  assert.equal(press([typed('2'), typed('1')]).page, 'containers');
  const sorts = [...'cpbsaftx'].map((letter) => press([typed(letter)], flows).flowSort);
  assert.deepEqual(sorts, ['container', 'peer', 'bytes', 'rate', 'active', 'failed', 'rtt', 'retransmits']);
  assert.equal(press([named('right')], flows).flowSort, 'active');
  assert.equal(press([typed('m')], flows).sort, 'cpu', 'keys of the other page do nothing');
});

test('a page begins without a chosen row and in its order; the filter stays', () => {
  const state = press([named('down'), typed('r'), typed('/'), typed('x'), named('enter'), named('tab')]);
  assert.equal(state.selectedKey, undefined);
  assert.equal(state.isReversed, false);
  assert.equal(state.filter, 'x');
});

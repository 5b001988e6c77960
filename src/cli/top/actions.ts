import { FLOW_SORTS, type FlowSort } from '../flows/flow-line.ts';
import { SORTS, type Sort } from './row.ts';
import type { Page, ViewState } from './state.ts';

/** A key as `node:readline` names it. */
export interface Key {
  readonly name: string | undefined;
  readonly sequence: string;
  readonly isCtrl: boolean;
}

export interface KeyContext {
  /** Keys of the rows shown, in order. */
  readonly order: readonly string[];
  readonly pageRows: number;
}

const SORT_KEYS: Readonly<Record<string, Sort>> = {
  c: 'cpu',
  m: 'memory',
  s: 'syscalls',
  e: 'errors',
  f: 'file',
  n: 'network',
  p: 'processes',
  a: 'name',
};

const FLOW_SORT_KEYS: Readonly<Record<string, FlowSort>> = {
  c: 'container',
  p: 'peer',
  b: 'bytes',
  s: 'rate',
  a: 'active',
  f: 'failed',
  t: 'rtt',
  x: 'retransmits',
};

const FILTER_LIMIT = 64;
/** Open details are bounded, as containers come and go for ever. */
const EXPANDED_LIMIT = 256;

/** The next state, or `quit`. */
export function applyKey(state: ViewState, key: Key, context: KeyContext): ViewState | 'quit' {
  if (key.isCtrl && (key.name === 'c' || key.name === 'd')) return 'quit';
  if (key.isCtrl) return state;
  if (state.isEditingFilter) return editFilter(state, key);
  if (state.isHelpOpen) return key.name === 'q' ? 'quit' : { ...state, isHelpOpen: false };
  const sorted = sortBy(state, key.sequence);
  if (sorted) return sorted;
  switch (key.sequence) {
    case 'q':
      return 'quit';
    case '1':
      return turnTo(state, 'containers');
    case '2':
      return turnTo(state, 'flows');
    case 'r':
      return { ...state, isReversed: !state.isReversed };
    case '/':
      return { ...state, isEditingFilter: true };
    case '?':
    case 'h':
      return { ...state, isHelpOpen: true };
    case ' ':
      return { ...state, isPaused: !state.isPaused };
    default:
      return applyNamedKey(state, key.name, context);
  }
}

function applyNamedKey(state: ViewState, name: string | undefined, context: KeyContext): ViewState {
  switch (name) {
    case 'tab':
      return turnTo(state, state.page === 'flows' ? 'containers' : 'flows');
    case 'left':
      return nextSort(state, -1);
    case 'right':
      return nextSort(state, 1);
    case 'up':
      return select(state, context, -1);
    case 'down':
      return select(state, context, 1);
    case 'pageup':
      return select(state, context, -context.pageRows);
    case 'pagedown':
      return select(state, context, context.pageRows);
    case 'home':
      return select(state, context, -context.order.length);
    case 'end':
      return select(state, context, context.order.length);
    case 'return':
    case 'enter':
      return toggleDetails(state, context);
    case 'escape':
      return leave(state);
    default:
      return state;
  }
}

function editFilter(state: ViewState, key: Key): ViewState {
  switch (key.name) {
    case 'return':
    case 'enter':
      return { ...state, isEditingFilter: false };
    case 'escape':
      return { ...state, isEditingFilter: false, filter: '' };
    case 'backspace':
      return { ...state, filter: [...state.filter].slice(0, -1).join('') };
    default: {
      const isText = /^[^\p{C}]+$/u.test(key.sequence);
      return isText ? { ...state, filter: [...state.filter, ...key.sequence].slice(0, FILTER_LIMIT).join('') } : state;
    }
  }
}

function sortBy(state: ViewState, sequence: string): ViewState | undefined {
  if (state.page === 'flows') {
    const flowSort = FLOW_SORT_KEYS[sequence];
    return flowSort && { ...state, flowSort, isReversed: false };
  }
  const sort = SORT_KEYS[sequence];
  return sort && { ...state, sort, isReversed: false };
}

function nextSort(state: ViewState, step: number): ViewState {
  const isReversed = false;
  if (state.page === 'flows') return { ...state, flowSort: stepped(FLOW_SORTS, state.flowSort, step), isReversed };
  return { ...state, sort: stepped(SORTS, state.sort, step), isReversed };
}

function stepped<T>(all: readonly T[], current: T, step: number): T {
  return all[(all.indexOf(current) + step + all.length) % all.length] ?? current;
}

/** The filter stays: what is looked for on one page is often wanted on the other. */
function turnTo(state: ViewState, page: Page): ViewState {
  if (state.page === page) return state;
  return { ...state, page, isReversed: false, selectedKey: undefined };
}

function select(state: ViewState, { order }: KeyContext, step: number): ViewState {
  const current = state.selectedKey === undefined ? -1 : order.indexOf(state.selectedKey);
  // The first key press marks the first row (or the last, going up to it from nowhere makes no sense).
  const wanted = current < 0 ? (step > order.length / 2 ? order.length - 1 : 0) : current + step;
  const index = Math.max(0, Math.min(order.length - 1, wanted));
  return { ...state, selectedKey: order[index] };
}

function toggleDetails(state: ViewState, { order }: KeyContext): ViewState {
  const key = state.selectedKey !== undefined && order.includes(state.selectedKey) ? state.selectedKey : order[0];
  if (key === undefined) return state;
  const shown = new Set(order);
  const expanded = new Set([...state.expanded].filter((open) => shown.has(open)).slice(-EXPANDED_LIMIT + 1));
  if (!expanded.delete(key)) expanded.add(key);
  return { ...state, selectedKey: key, expanded };
}

/** Escape undoes one thing at a time, the nearest first. */
function leave(state: ViewState): ViewState {
  if (state.filter) return { ...state, filter: '' };
  if (state.expanded.size > 0) return { ...state, expanded: new Set() };
  return { ...state, selectedKey: undefined };
}

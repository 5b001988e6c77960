import type { FlowSort } from '../flows/flow-line.ts';
import type { Sort } from './row.ts';

/** What the user has chosen; changed only by `actions.ts`. */
export type Page = 'containers' | 'flows';

export interface ViewState {
  readonly page: Page;
  readonly sort: Sort;
  readonly flowSort: FlowSort;
  readonly isReversed: boolean;
  /** Follows its row when the order changes; undefined until an arrow key was used. */
  readonly selectedKey: string | undefined;
  /** Keys of the rows whose details are open. */
  readonly expanded: ReadonlySet<string>;
  readonly filter: string;
  readonly isEditingFilter: boolean;
  readonly isPaused: boolean;
  readonly isHelpOpen: boolean;
}

export const INITIAL_STATE: ViewState = {
  page: 'containers',
  sort: 'cpu',
  flowSort: 'rate',
  isReversed: false,
  selectedKey: undefined,
  expanded: new Set(),
  filter: '',
  isEditingFilter: false,
  isPaused: false,
  isHelpOpen: false,
};

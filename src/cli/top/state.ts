import type { Sort } from './row.ts';

/** What the user has chosen; changed only by `actions.ts`. */
export interface ViewState {
  readonly sort: Sort;
  readonly isReversed: boolean;
  /** Follows its container when the order changes; undefined until an arrow key was used. */
  readonly selectedKey: string | undefined;
  /** Keys of the containers whose details are open. */
  readonly expanded: ReadonlySet<string>;
  readonly filter: string;
  readonly isEditingFilter: boolean;
  readonly isPaused: boolean;
  readonly isHelpOpen: boolean;
}

export const INITIAL_STATE: ViewState = {
  sort: 'cpu',
  isReversed: false,
  selectedKey: undefined,
  expanded: new Set(),
  filter: '',
  isEditingFilter: false,
  isPaused: false,
  isHelpOpen: false,
};

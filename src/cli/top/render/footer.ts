import type { ViewState } from '../state.ts';
import { joinSegments, type Segment } from './line.ts';
import type { Theme } from './theme.ts';

/** The filter while it is typed, else the keys that matter most. */
export function footerLine(state: ViewState, hiddenCount: number, width: number, theme: Theme): string {
  const key = (rank: number, name: string, what: string): Segment => ({
    rank,
    parts: [
      [name, 'bold'],
      [` ${what}`, 'dim'],
    ],
  });
  if (state.isEditingFilter) {
    return joinSegments(
      [
        {
          rank: 0,
          parts: [
            ['filter ', 'dim'],
            [state.filter, 'bold'],
            [' ', 'badge'],
          ],
        },
        key(1, 'enter', 'keep'),
        key(1, 'esc', 'clear'),
      ],
      width,
      theme,
    );
  }
  const segments: Segment[] = [
    key(1, 'q', 'quit'),
    key(2, '?', 'help'),
    key(3.5, 'tab', state.page === 'flows' ? 'containers' : 'flows'),
    key(4, '/', 'filter'),
    key(5, 'enter', 'details'),
    key(6, 'space', state.isPaused ? 'go on' : 'pause'),
    key(7, theme.glyphs.sideways, 'sort'),
    key(8, 'r', 'reverse'),
  ];
  if (state.filter)
    segments.unshift({
      rank: 0,
      parts: [
        ['filter ', 'dim'],
        [state.filter, 'bold'],
      ],
    });
  if (hiddenCount > 0) segments.push({ rank: 3, parts: [[`${hiddenCount} more below`, 'dim']] });
  return joinSegments(segments, width, theme, 2);
}

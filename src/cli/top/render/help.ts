import { createLine } from './line.ts';
import type { Glyphs, Theme } from './theme.ts';

const helpOf = ({ sideways, upAndDown }: Glyphs): readonly (readonly [keys: string, what: string])[] => [
  ['c m s e f n p a', 'sort: CPU, memory, syscalls, errors, files, net, processes, name'],
  [sideways, 'sort by the next column'],
  ['r', 'reverse the order'],
  [`${upAndDown} PgUp PgDn`, 'choose a container'],
  ['enter', 'open or close its processes, syscalls and hot files'],
  ['/', 'filter by name, image, id, runtime or cgroup'],
  ['esc', 'clear the filter, close details'],
  ['space', 'pause, go on'],
  ['q  Ctrl-C', 'quit'],
  ['', ''],
  ['CPU %', '100 is one core; yellow and red near the limit'],
  ['CALL/S ERR/S', 'system calls, and those that failed'],
  ['READ/S WRITE/S', 'bytes of files; mapped files are not seen'],
  ['RX/S TX/S', "bytes of the container's network interfaces"],
  ['MEM %', 'share of the memory limit'],
];

const KEYS_WIDTH = 20;

export function helpLines(width: number, theme: Theme): string[] {
  const keysWidth = width >= 60 ? KEYS_WIDTH : 16;
  return helpOf(theme.glyphs).map(([keys, what]) =>
    createLine(width, theme)
      .add(`  ${keys}`, 'bold')
      .padTo(keysWidth + 2)
      .add(what, 'plain')
      .toString(),
  );
}

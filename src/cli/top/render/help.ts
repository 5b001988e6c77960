import type { Page } from '../state.ts';
import { createLine } from './line.ts';
import type { Glyphs, Theme } from './theme.ts';

type Lines = readonly (readonly [keys: string, what: string])[];

const helpOf = ({ sideways, upAndDown }: Glyphs): Lines => [
  ['c m s e f n p a', 'sort: CPU, memory, syscalls, errors, files, net, processes, name'],
  [sideways, 'sort by the next column'],
  ['r', 'reverse the order'],
  [`${upAndDown} PgUp PgDn`, 'choose a container'],
  ['enter', 'open or close its processes, syscalls and hot files'],
  ['tab  1  2', 'flows: who talks to whom; back to containers'],
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

const flowHelpOf = ({ sideways, upAndDown, outgoing, incoming }: Glyphs): Lines => [
  ['c p b s a f t x', 'sort: container, peer, bytes, speed, connections, failed, RTT, retransmits'],
  [sideways, 'sort by the next column'],
  ['r', 'reverse the order'],
  [`${upAndDown} PgUp PgDn`, 'choose a flow'],
  ['enter', 'open or close all about its two ends'],
  ['tab  1  2', 'containers, flows'],
  ['/', 'filter by anything that names an end, or by method, certainty, cause'],
  ['esc', 'clear the filter, close details'],
  ['space', 'pause, go on'],
  ['q  Ctrl-C', 'quit'],
  ['', ''],
  [`${outgoing} ${incoming}`, 'the container dialled; it accepted'],
  ['SERVICE', 'address and port as dialled, or where it accepted'],
  ['TX/S RX/S', 'sent and received by the container, mean of three seconds'],
  ['SURE', 'confirmed: both ends seen; derived: tables agree; assumed; else why not resolved'],
];

const KEYS_WIDTH = 20;

export function helpLines(page: Page, width: number, theme: Theme): string[] {
  const keysWidth = width >= 60 ? KEYS_WIDTH : 16;
  const lines = page === 'flows' ? flowHelpOf(theme.glyphs) : helpOf(theme.glyphs);
  return lines.map(([keys, what]) =>
    createLine(width, theme)
      .add(`  ${keys}`, 'bold')
      .padTo(keysWidth + 2)
      .add(what, 'plain')
      .toString(),
  );
}

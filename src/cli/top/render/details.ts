import type { ContainerFrame } from '../../../model/frame.ts';
import { formatBytes, formatCount, formatPercent, formatTime } from '../../format.ts';
import { createLine, joinSegments, printable, type Segment } from './line.ts';
import { type Align, fitText, type Keep } from './text.ts';
import type { Theme, Tone } from './theme.ts';

/** What stands under an opened row: who it is, its processes, syscalls and files, side by side or one below the other. */
const ENTRIES_LIMIT = 8;
const INDENT = 4;
const PANE_GAP = 3;
const SIDE_BY_SIDE_COLUMNS = 110;
const PAIRED_COLUMNS = 70;

interface PaneColumn {
  readonly title: string;
  /** 0 takes what is left of the pane. */
  readonly width: number;
  readonly align: Align;
  readonly keep: Keep;
}

interface Pane {
  readonly columns: readonly PaneColumn[];
  readonly rows: readonly (readonly string[])[];
  /** Said when there are no rows. */
  readonly empty: string;
}

const text = (title: string, width: number, keep: Keep = 'start'): PaneColumn => ({
  title,
  width,
  align: 'left',
  keep,
});
const number = (title: string, width: number): PaneColumn => ({ title, width, align: 'right', keep: 'start' });

export function detailLines(row: ContainerFrame, isCounting: boolean, width: number, theme: Theme): string[] {
  const lines = [facts(row, width, theme)];
  const [processes, syscalls, files] = panesOf(row, isCounting);
  const inner = width - INDENT;
  if (width >= SIDE_BY_SIDE_COLUMNS) {
    const side = Math.min(48, Math.floor((inner - 2 * PANE_GAP) / 3));
    const last = Math.min(90, inner - 2 * side - 2 * PANE_GAP);
    lines.push(...beside([processes, syscalls, files], [side, side, last], width, theme));
  } else if (width >= PAIRED_COLUMNS) {
    const half = Math.floor((inner - PANE_GAP) / 2);
    lines.push(...beside([processes, syscalls], [half, half], width, theme));
    lines.push(...beside([files], [inner], width, theme));
  } else {
    for (const pane of [processes, syscalls, files]) lines.push(...beside([pane], [inner], width, theme));
  }
  return lines;
}

function facts(row: ContainerFrame, width: number, theme: Theme): string {
  const { identity, cgroupPath, startedMs } = row.container;
  const segment = (rank: number, label: string, value: string, tone: Tone = 'plain'): Segment => ({
    rank,
    parts: value
      ? [
          [label, 'dim'],
          [value, tone],
        ]
      : [],
  });
  const segments = [
    segment(0, '', identity ? `${identity.runtime} ${identity.id.slice(0, 12)}` : 'not named by a runtime'),
    segment(1, 'image ', identity?.imageName ?? ''),
    segment(3, 'since ', formatTime(startedMs)),
    segment(4, 'forks/s ', formatCount(row.processStarts)),
    segment(5, 'exits/s ', formatCount(row.processExits)),
    segment(2, 'OOM kills ', row.oomKills > 0 ? formatCount(row.oomKills) : '', 'bad'),
    segment(6, 'cgroup ', identity ? '' : cgroupPath),
  ];
  const guide = createLine(width, theme).padTo(2).add(theme.glyphs.guide, 'dim').padTo(INDENT).toString();
  return guide + joinSegments(segments, Math.max(0, width - INDENT), theme, 2, 0);
}

function panesOf(row: ContainerFrame, isCounting: boolean): readonly [Pane, Pane, Pane] {
  const off = 'off (SONDE_SYSCALLS=off)';
  return [
    {
      columns: [text('PROCESS', 0), number('PID', 8), number('CPU %', 7), number('RSS', 7)],
      rows: row.topProcesses.map((process) => [
        process.name,
        String(process.pid),
        formatPercent(process.cpuRatio),
        formatBytes(process.rssBytes),
      ]),
      empty: 'none seen',
    },
    {
      columns: [text('SYSCALLS', 0), number('CALL/S', 8), number('ERR/S', 7)],
      rows: row.topClasses.map(({ name, calls, errors }) => [name, formatCount(calls), formatCount(errors)]),
      empty: isCounting ? 'none' : off,
    },
    {
      columns: [text('HOT FILE', 0, 'end'), number('BYTES', 8)],
      rows: row.hotFiles.map(({ path, bytes }) => [path, formatBytes(bytes)]),
      empty: isCounting ? 'none' : off,
    },
  ];
}

/** Panes next to each other, as high as the highest. */
function beside(panes: readonly Pane[], widths: readonly number[], width: number, theme: Theme): string[] {
  const height = 1 + Math.max(...panes.map((pane) => Math.min(ENTRIES_LIMIT, Math.max(1, pane.rows.length))));
  const lines: string[] = [];
  for (let index = 0; index < height; index++) {
    const line = createLine(width, theme).padTo(2).add(theme.glyphs.guide, 'dim').padTo(INDENT);
    panes.forEach((pane, place) => {
      if (place > 0) line.add(' '.repeat(PANE_GAP));
      const [cells, tone] = paneCells(pane, index);
      line.add(paneLine(pane, cells, widths[place] ?? 0, theme), tone);
    });
    lines.push(line.toString());
  }
  return lines;
}

function paneCells(pane: Pane, index: number): readonly [readonly string[], Tone] {
  if (index === 0) return [pane.columns.map(({ title }) => title), 'dim'];
  const row = pane.rows[index - 1];
  if (row) return [row, 'plain'];
  return [index === 1 ? [pane.empty] : [], 'dim'];
}

function paneLine(pane: Pane, cells: readonly string[], width: number, theme: Theme): string {
  const fixed = pane.columns.reduce((sum, column) => sum + column.width, 0);
  const { ellipsis } = theme.glyphs;
  // A single cell is a remark, and has the whole pane.
  if (cells.length <= 1) return fitText(printable(cells[0] ?? '', theme), width, 'left', ellipsis);
  return pane.columns
    .map(({ width: columnWidth, align, keep }, index) =>
      fitText(printable(cells[index] ?? '', theme), columnWidth || Math.max(0, width - fixed), align, ellipsis, keep),
    )
    .join('');
}

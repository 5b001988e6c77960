import type { ContainerFrame, Frame } from '../../../model/frame.ts';
import type { SourceStatus } from '../../../model/frame-source.ts';
import { formatBytes, formatCount, formatPercent, formatTime, formatUptime } from '../../format.ts';
import { hostMemoryUsedBytes } from '../host.ts';
import type { ViewModel } from '../view-model.ts';
import { errorTone } from './columns.ts';
import { joinSegments, type Segment } from './line.ts';
import type { Theme, Tone } from './theme.ts';

type Part = Segment['parts'][number];
const segment = (rank: number, ...parts: readonly Part[]): Segment => ({ rank, parts });
const labelled = (rank: number, label: string, value: string, tone: Tone = 'plain'): Segment =>
  segment(rank, [`${label} `, 'dim'], [value, tone]);

/** Host, kernel, time. */
export function titleLine(model: ViewModel, isPaused: boolean, width: number, theme: Theme): string {
  const { status, frame } = model;
  const segments = [
    segment(0, ['sonde', 'accent']),
    ...(isPaused ? [segment(1, [' PAUSED ', 'badge'])] : []),
    ...(status ? [segment(2, [status.hostName, 'bold'])] : []),
    ...(frame ? [segment(3, [formatTime(frame.timeMs), 'plain'])] : []),
    ...(status ? [segment(5, [`Linux ${status.kernelRelease}`, 'dim'])] : []),
    ...(frame?.host ? [segment(6, [`up ${formatUptime(frame.host.uptimeS)}`, 'dim'])] : []),
    ...(status ? [segment(7, [`version ${status.version}`, 'dim'])] : []),
  ];
  return joinSegments(segments, width, theme);
}

const BAR_LIMIT = 24;

/** The host's CPU, memory and load. */
export function hostLine(model: ViewModel, width: number, theme: Theme): string {
  const host = model.frame?.host;
  if (!host) return '';
  const usedBytes = hostMemoryUsedBytes(host);
  const memoryRatio = usedBytes === undefined ? undefined : usedBytes / host.memoryLimitBytes;
  const bar = Math.max(0, Math.min(BAR_LIMIT, Math.floor((width - 70) / 2)));
  const cpus = model.status ? ` of ${model.status.cpus} CPUs` : '';
  return joinSegments(
    [
      segment(
        0,
        ['CPU ', 'dim'],
        ...barParts(model.hostCpuRatio, bar, theme),
        [model.hostCpuRatio === undefined ? theme.glyphs.none : formatPercent(model.hostCpuRatio), 'plain'],
        [` %${cpus}`, 'dim'],
      ),
      segment(
        1,
        ['memory ', 'dim'],
        ...barParts(memoryRatio, bar, theme),
        [usedBytes === undefined ? theme.glyphs.none : formatBytes(usedBytes), 'plain'],
        [` of ${formatBytes(host.memoryLimitBytes)}`, 'dim'],
      ),
      labelled(2, 'load', [host.load1m, host.load5m, host.load15m].map((load) => load.toFixed(2)).join(' ')),
    ],
    width,
    theme,
  );
}

function barParts(ratio: number | undefined, width: number, theme: Theme): Part[] {
  if (width < 6 || ratio === undefined) return [];
  const full = Math.max(0, Math.min(width, Math.round(ratio * width)));
  const tone: Tone = ratio >= 0.95 ? 'bad' : ratio >= 0.8 ? 'warn' : 'plain';
  return [
    [theme.glyphs.barFull.repeat(full), tone],
    [`${theme.glyphs.barEmpty.repeat(width - full)} `, 'dim'],
  ];
}

/** All containers together. */
export function totalsLine(frame: Frame, shownCount: number, width: number, theme: Theme): string {
  const sum = (value: (row: ContainerFrame) => number) =>
    frame.containers.reduce((total, row) => total + value(row), 0);
  const all = frame.containers.length;
  const calls = sum((row) => row.syscalls);
  const errors = sum((row) => row.syscallErrors);
  const oomKills = sum((row) => row.oomKills);
  const processes = sum((row) => row.processes);
  const per = (rank: number, value: number, format: (value: number) => string, unit: string, tone: Tone = 'plain') =>
    segment(rank, [format(value), tone], [` ${unit}`, 'dim']);
  return joinSegments(
    [
      segment(
        0,
        [shownCount === all ? String(all) : `${shownCount} of ${all}`, 'bold'],
        [all === 1 ? ' container' : ' containers', 'dim'],
      ),
      ...(oomKills > 0 ? [per(1, oomKills, formatCount, oomKills === 1 ? 'OOM kill' : 'OOM kills', 'bad')] : []),
      per(4, processes, formatCount, processes === 1 ? 'process' : 'processes'),
      per(2, calls, formatCount, 'syscalls/s'),
      per(3, errors, formatCount, 'errors/s', errorTone(errors, calls) === 'warn' ? 'warn' : 'plain'),
      segment(
        6,
        ['files ', 'dim'],
        [formatBytes(sum((row) => row.fileReadBytes)), 'plain'],
        [' in ', 'dim'],
        [formatBytes(sum((row) => row.fileWrittenBytes)), 'plain'],
        [' out', 'dim'],
      ),
      segment(
        5,
        ['net ', 'dim'],
        [formatBytes(sum((row) => row.networkReceivedBytes)), 'plain'],
        [' in ', 'dim'],
        [formatBytes(sum((row) => row.networkTransmittedBytes)), 'plain'],
        [' out', 'dim'],
      ),
    ],
    width,
    theme,
  );
}

/** sonde itself: is anything lost, does the export work. */
export function selfLine(model: ViewModel, width: number, theme: Theme): string {
  if (model.outage !== undefined)
    return joinSegments([segment(0, ['no frames: ', 'bad'], [model.outage, 'plain'])], width, theme);
  const { status, frame } = model;
  if (!status) return '';
  const missing = status.programsTotal - status.programsLoaded;
  return joinSegments(
    [
      segment(5, [status.isAgent ? 'agent ' : 'own pipeline ', 'dim'], [`${status.agentPid}`, 'plain']),
      segment(6, ['rss ', 'dim'], [formatBytes(status.rssBytes), 'plain']),
      segment(
        missing > 0 ? 2 : 4,
        [`${status.programsLoaded} of ${status.programsTotal}`, missing > 0 ? 'warn' : 'plain'],
        [' programs', 'dim'],
      ),
      lossSegment(status, frame),
      exportSegment(status),
    ],
    width,
    theme,
  );
}

function lossSegment(status: SourceStatus, frame: Frame | undefined): Segment {
  const nowLost = Object.entries(frame?.lost ?? {}).filter(([, lost]) => lost > 0);
  if (nowLost.length > 0) {
    const [reason, lost] = nowLost.reduce((a, b) => (b[1] > a[1] ? b : a));
    return segment(0, ['losing ', 'bad'], [`${formatCount(lost)}/s ${reason}`, 'bad']);
  }
  if (status.lostTotal > 0)
    return segment(1, [formatCount(status.lostTotal), 'warn'], [' records lost since start', 'dim']);
  return segment(1, ['nothing lost', 'dim']);
}

function exportSegment({ exportState, isAgent }: SourceStatus): Segment {
  const { state, endpoint, queuedBytes, detail } = exportState;
  if (state === 'off' || !isAgent) return segment(3, ['export off', 'dim']);
  if (state === 'failing') {
    const queued = queuedBytes > 0 ? ` (${formatBytes(queuedBytes)} wait)` : '';
    return segment(1, ['export fails', 'bad'], [`${queued} ${detail ?? ''}`.trimEnd(), 'plain']);
  }
  return segment(3, [state === 'ok' ? 'exports to ' : 'will export to ', 'dim'], [endpoint ?? '', 'plain']);
}

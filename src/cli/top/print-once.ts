import { setTimeout as sleep } from 'node:timers/promises';
import { SondeError } from '../../errors/sonde-error.ts';
import type { FrameSource } from '../../model/frame-source.ts';
import { frameJson } from '../../self/control/wire.ts';
import { createFrameFollower, type FrameFollower } from './frame-follower.ts';
import { hostLine, selfLine, titleLine, totalsLine } from './render/header.ts';
import { orderedRows } from './render/screen.ts';
import { layoutTable, tableHeader, tableRow } from './render/table.ts';
import type { Theme } from './render/theme.ts';
import { INITIAL_STATE } from './state.ts';

/** The host's CPU needs two frames, and so does every rate of a pipeline that has just begun. */
const FRAMES_NEEDED = 2;
const FRAME_TIMEOUT_MS = 15_000;

/** One frame as text: all containers, busiest first. */
export async function tableText(
  source: FrameSource,
  columns: number,
  theme: Theme,
  signal: AbortSignal,
): Promise<string> {
  const follower = await followFrames(source, signal);
  // One picture has no trend.
  const model = { ...follower.model(), cpuTrend: new Map<string, number[]>() };
  const rows = orderedRows(model, INITIAL_STATE);
  const layout = layoutTable(rows, model, INITIAL_STATE, columns, theme);
  const lines = [
    titleLine(model, false, columns, theme),
    hostLine(model, columns, theme),
    ...(model.frame ? [totalsLine(model.frame, rows.length, columns, theme)] : []),
    selfLine(model, columns, theme),
    '',
    tableHeader(layout, INITIAL_STATE, columns, theme),
    ...rows.map((row) => tableRow(row, layout, model, INITIAL_STATE, columns, theme)),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** One frame as one line of JSON, in the form of the live stream. */
export async function frameText(source: FrameSource, signal: AbortSignal): Promise<string> {
  const follower = await followFrames(source, signal);
  const { frame } = follower.model();
  return frame ? `${frameJson(frame)}\n` : '';
}

async function followFrames(source: FrameSource, signal: AbortSignal): Promise<FrameFollower> {
  const follower = createFrameFollower(source);
  let seen = 0;
  const arrived = new Promise<void>((resolve) => {
    follower.onChange(() => {
      seen += 1;
      if (seen >= FRAMES_NEEDED) resolve();
    });
  });
  const waiting = new AbortController();
  const limit = AbortSignal.any([signal, waiting.signal]);
  await Promise.race([arrived, sleep(FRAME_TIMEOUT_MS, undefined, { signal: limit }).catch(() => {})]);
  waiting.abort();
  follower.close();
  if (seen === 0) throw new SondeError('SND_AGT_NO_FRAME', source.outage() ?? `within ${FRAME_TIMEOUT_MS / 1000} s`);
  return follower;
}

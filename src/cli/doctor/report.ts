import { printable } from '../top/render/line.ts';
import { fitText, widthOf } from '../top/render/text.ts';
import type { Theme, Tone } from '../top/render/theme.ts';
import type { Check, CheckStatus } from './check.ts';

/** The findings as text: one line each, and what to do under those that are not in order. */
export interface Report {
  readonly host: string;
  readonly checks: readonly Check[];
  readonly exitCode: number;
}

const SECTIONS: readonly (readonly [prefixes: readonly string[], title: string])[] = [
  [['kernel.', 'privilege.'], 'Host'],
  [['bpf.'], 'BPF programs'],
  [['runtime.'], 'Container runtimes'],
  [['agent.', 'export.', 'data.'], 'Agent and export'],
  [['setting.', 'budget.'], 'Settings and budgets'],
];

const STATUS_TONES: Readonly<Record<CheckStatus, Tone>> = { ok: 'dim', warn: 'warn', fail: 'bad' };
const STATUS_WIDTH = 6;
const NARROWEST_TEXT = 30;

export function reportText(report: Report, columns: number, theme: Theme): string {
  const { checks, host } = report;
  const titleWidth = checks.reduce((widest, { title }) => Math.max(widest, widthOf(printable(title, theme))), 0) + 2;
  const lines = [theme.paint(printable(host, theme), 'bold')];
  for (const [prefixes, title] of SECTIONS) {
    const own = checks.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
    if (own.length === 0) continue;
    lines.push('', theme.paint(title, 'bold'));
    for (const check of own) lines.push(...checkLines(check, titleWidth, columns, theme));
  }
  lines.push('', summary(report));
  return `${lines.join('\n')}\n`;
}

function checkLines(check: Check, titleWidth: number, columns: number, theme: Theme): string[] {
  const { status, title, detail, remedy, code } = check;
  const indent = 2 + STATUS_WIDTH + titleWidth;
  const room = Math.max(NARROWEST_TEXT, columns - indent);
  const label = `  ${theme.paint(status.padEnd(STATUS_WIDTH), STATUS_TONES[status])}${fitText(printable(title, theme), titleWidth, 'left', '')}`;
  const lines = paragraphs(detail, room, theme).map((line, index) => (index === 0 ? label : ' '.repeat(indent)) + line);
  if (status === 'ok' || remedy === undefined) return lines;
  const advice = code === undefined ? remedy : `${remedy} (${code})`;
  return [...lines, ...paragraphs(advice, room, theme).map((line) => ' '.repeat(indent) + theme.paint(line, 'dim'))];
}

/** A detail may have several lines; each is wrapped by itself. */
function paragraphs(text: string, width: number, theme: Theme): string[] {
  return text.split('\n').flatMap((line) => wrap(printable(line, theme), width));
}

/** At spaces; a word that is longer than the line has one of its own, so that it can be copied whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}

function summary({ checks, exitCode }: Report): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  const numbers = `${count('ok')} ok, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${failures} failed.`;
  if (checks.some(({ isHostUnsupported }) => isHostUnsupported)) return `${numbers} sonde cannot run here.`;
  return exitCode === 0 ? `${numbers} sonde can run here.` : `${numbers} sonde can run here, but not as configured.`;
}

/** For machines; identifiers, statuses and codes are stable. */
export function reportJson({ host, checks, exitCode }: Report): string {
  const plain = checks.map(({ isHostUnsupported, ...check }) => ({
    ...check,
    isHostUnsupported: isHostUnsupported === true,
  }));
  return `${JSON.stringify({ host, exitCode, checks: plain }, undefined, 2)}\n`;
}

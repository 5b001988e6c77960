import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

/** What a bench gives back: the rows it measured and the aims it missed. */
export interface BenchReport {
  /** Heading of its section in docs/performance.md. */
  readonly title: string;
  readonly intro: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Aims, each met or not, with the measured value. */
  readonly aims: readonly Aim[];
}

export interface Aim {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
}

export const isMet = (aim: Aim): boolean => aim.measured <= aim.limit;

const PAGE = join(import.meta.dirname, '../../docs/performance.md');

export function describeMachine(): string {
  const [first] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}, ${memoryGib} GiB, Linux ${release()}, Node ${process.versions.node}`;
}

export function toMarkdown(report: BenchReport, takenAt: Date): string {
  const table = [report.header, report.header.map(() => '---'), ...report.rows].map((row) => `| ${row.join(' | ')} |`);
  const aims = report.aims.map(
    (aim) =>
      `- ${isMet(aim) ? 'met' : '**missed**'}: ${aim.what}: ${format(aim.measured)}, aim at most ${format(aim.limit)}`,
  );
  const taken = `Taken ${takenAt.toISOString().slice(0, 16)}Z on ${describeMachine()}.`;
  return [`## ${report.title}`, '', report.intro, taken, '', ...table, '', ...aims, ''].join('\n');
}

/** Replaces the section of that title, or appends it; other sections stay as they are. */
export function writeSection(report: BenchReport, takenAt: Date, page = PAGE): void {
  const text = readPage(page);
  const section = toMarkdown(report, takenAt);
  const start = text.indexOf(`## ${report.title}\n`);
  if (start < 0) {
    writeFileSync(page, `${text.trimEnd()}\n\n${section}`);
    return;
  }
  const next = text.indexOf('\n## ', start);
  const rest = next < 0 ? '' : text.slice(next);
  writeFileSync(page, text.slice(0, start) + section + rest);
}

export function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** Prints a report and keeps it; the exit code tells whether all aims were met. */
export function publish(report: BenchReport): void {
  const now = new Date();
  process.stdout.write(`${toMarkdown(report, now)}\n`);
  writeSection(report, now);
  if (!report.aims.every(isMet)) process.exitCode = 1;
}

function readPage(page: string): string {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '# Performance\n\nMeasured by `npm run bench -- <name>`; each section names its machine.\n';
  }
}

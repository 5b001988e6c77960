import { clean, cut, toAscii, widthOf } from './text.ts';
import type { Theme, Tone } from './theme.ts';

/**
 * One screen line. Everything printed goes through `add`, which cleans and cuts: so no line can be
 * wider than the terminal or carry a control character, whatever the data.
 */
export interface Line {
  readonly remaining: number;
  add(text: string, tone?: Tone): Line;
  /** Spaces up to the column. */
  padTo(column: number): Line;
  toString(): string;
}

export function createLine(width: number, theme: Theme): Line {
  let painted = '';
  let used = 0;
  const line: Line = {
    get remaining() {
      return width - used;
    },
    add(text, tone = 'plain') {
      const kept = cut(printable(text, theme), width - used);
      used += widthOf(kept);
      painted += theme.paint(kept, tone);
      return line;
    },
    padTo(column) {
      return line.add(' '.repeat(Math.max(0, Math.min(column, width) - used)));
    },
    toString: () => painted,
  };
  return line;
}

export function printable(text: string, theme: Theme): string {
  const cleaned = clean(text);
  return theme.isUnicode ? cleaned : toAscii(cleaned);
}

/** A piece of a header line; the ones with the highest `rank` go first when space is short. */
export interface Segment {
  readonly parts: readonly (readonly [text: string, tone: Tone])[];
  readonly rank: number;
}

/** Joins as many segments as fit whole, in their order; at least the most important one, cut. */
export function joinSegments(segments: readonly Segment[], width: number, theme: Theme, gap = 3, indent = 2): string {
  const widths = new Map(segments.map((segment) => [segment, segmentWidth(segment, theme)]));
  let shown = segments.filter((segment) => segment.parts.some(([text]) => text));
  const total = () => indent + shown.reduce((sum, segment) => sum + (widths.get(segment) ?? 0) + gap, 0) - gap;
  while (shown.length > 1 && total() > width) {
    const worst = shown.reduce((a, b) => (b.rank >= a.rank ? b : a));
    shown = shown.filter((segment) => segment !== worst);
  }
  const line = createLine(width, theme).add(' '.repeat(indent));
  shown.forEach((segment, index) => {
    if (index > 0) line.add(' '.repeat(gap));
    for (const [text, tone] of segment.parts) line.add(text, tone);
  });
  return line.toString();
}

function segmentWidth(segment: Segment, theme: Theme): number {
  return segment.parts.reduce((sum, [text]) => sum + widthOf(printable(text, theme)), 0);
}

import type { Ledger } from '../../self/ledger.ts';
import type { Layout, Run } from './layout.ts';
import type { Part, Snapshot } from './snapshot.ts';

/** A tag and the longest length that occurs below 256 MiB: what is set aside for each nested message. */
export const NESTING_BYTES = 5;

/** Where in a snapshot the next request begins. */
export interface Cursor {
  part: number;
  run: number;
  point: number;
}

/** Points `from` to `to` of one metric of one resource, in the request being made. */
export interface Segment {
  part: number;
  run: number;
  from: number;
  to: number;
  pointsBytes: number;
  /** Size of the Metric message; the writer's. */
  metricBytes: number;
}

/** What goes into one request. Its segments are used again for the next. */
export class RequestPlan {
  length = 0;
  points = 0;
  private readonly segments: Segment[] = [];
  private readonly ledger: Ledger;
  private readonly scopeBytes: number;

  constructor(scopeBytes: number, ledger: Ledger) {
    this.scopeBytes = scopeBytes;
    this.ledger = ledger;
  }

  segment(index: number): Segment {
    const segment = this.segments[index];
    if (!segment) throw new RangeError('segment outside its plan');
    return segment;
  }

  /** Index of the first segment of another resource. */
  nextPart(first: number): number {
    const { part } = this.segment(first);
    let next = first + 1;
    while (next < this.length && this.segment(next).part === part) next++;
    return next;
  }

  /** Takes points from the cursor on until one more would not fit. Empty at the snapshot's end. */
  fill(snapshot: Snapshot, cursor: Cursor, limitBytes: number): void {
    this.length = 0;
    this.points = 0;
    let used = 0;
    for (; cursor.part < snapshot.parts.length; cursor.part++, cursor.run = 0, cursor.point = 0) {
      const part = snapshot.parts[cursor.part] as Part;
      let partBytes = 2 * NESTING_BYTES + part.layout.head.length + this.scopeBytes;
      for (; cursor.run < part.layout.runs.length; cursor.run++, cursor.point = 0) {
        const { form, from, to } = runOf(part.layout, cursor.run);
        let metricBytes = 2 * NESTING_BYTES + form.head.length + form.tail.length;
        let segment: Segment | undefined;
        for (cursor.point = Math.max(cursor.point, from); cursor.point < to; cursor.point++) {
          const size = pointSize(snapshot, part, cursor.point);
          if (size === 0) continue;
          const needed = used + partBytes + metricBytes + size;
          if (needed > limitBytes) {
            if (this.length > 0) return;
            this.ledger.count('export', 'dropped', 'point-too-large');
            continue;
          }
          used = needed;
          partBytes = 0;
          metricBytes = 0;
          segment ??= this.addSegment(cursor);
          segment.to = cursor.point + 1;
          segment.pointsBytes += size;
          this.points++;
        }
      }
    }
  }

  private addSegment(cursor: Cursor): Segment {
    let segment = this.segments[this.length];
    if (!segment) {
      segment = { part: 0, run: 0, from: 0, to: 0, pointsBytes: 0, metricBytes: 0 };
      this.segments.push(segment);
    }
    this.length++;
    segment.part = cursor.part;
    segment.run = cursor.run;
    segment.from = cursor.point;
    segment.pointsBytes = 0;
    return segment;
  }
}

export function runOf(layout: Layout, index: number): Run {
  const run = layout.runs[index];
  if (!run) throw new RangeError('run outside its layout');
  return run;
}

/** 0: left out. */
function pointSize(snapshot: Snapshot, part: Part, index: number): number {
  if (Number.isNaN(snapshot.values[part.offset + index])) return part.encoded.get(index)?.length ?? 0;
  const { starts } = part.layout;
  return (starts[index + 1] as number) - (starts[index] as number);
}

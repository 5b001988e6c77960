import type { Attributes } from '../../model/attributes.ts';
import type { Series } from '../../model/series.ts';
import { writeAttributes } from './attributes.ts';
import { createHistogramPoint, HistogramPoint } from './histogram.ts';
import type { MetricForm } from './metric-form.ts';
import { createNumberPoint, NumberPoint } from './point.ts';
import type { WireWriter } from './wire.ts';

const RESOURCE_METRICS_RESOURCE = 1;
const RESOURCE_ATTRIBUTES = 1;

export type Point = NumberPoint | HistogramPoint;

/** The points of one metric: `from` to `to` in the layout. */
export interface Run {
  readonly form: MetricForm;
  readonly from: number;
  readonly to: number;
}

/** One resource's series grouped by metric, never changed once made, so that snapshots may share it. */
export interface Layout {
  /** Order in which aggregate gave them; the layout holds as long as that stays the same. */
  readonly given: readonly Series[];
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly runs: readonly Run[];
  /** Encoded `resource` field of a ResourceMetrics. */
  readonly head: Uint8Array;
}

export interface LayoutDeps {
  /** Marks `Series.cache` as this encoder's. */
  readonly owner: object;
  readonly formOf: (spec: Series['metric']) => MetricForm;
  readonly writer: WireWriter;
}

export function encodeResourceHead(resource: Attributes, writer: WireWriter): Uint8Array {
  const start = writer.open(RESOURCE_METRICS_RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, resource);
  writer.close(start);
  return writer.take();
}

export function createLayout(given: readonly Series[], head: Uint8Array, deps: LayoutDeps): Layout {
  const byMetric = new Map<Series['metric'], Series[]>();
  for (const series of given) {
    const group = byMetric.get(series.metric);
    if (group) group.push(series);
    else byMetric.set(series.metric, [series]);
  }
  const series: Series[] = [];
  const points: Point[] = [];
  const runs: Run[] = [];
  for (const [spec, group] of byMetric) {
    const form = deps.formOf(spec);
    runs.push({ form, from: series.length, to: series.length + group.length });
    for (const one of group) {
      series.push(one);
      points.push(pointOf(one, form, deps));
    }
  }
  // A copy: the array may be aggregate's own, changed in place later.
  return { given: given.slice(), series, points, runs, head };
}

export function isSameOrder(given: readonly Series[], layout: Layout): boolean {
  const known = layout.given;
  if (known.length !== given.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== given[i]) return false;
  return true;
}

/** What this encoder keeps for the series; undefined when it never saw it. */
export function knownPoint(series: Series, owner: object): Point | undefined {
  const cache = series.cache;
  return (cache instanceof NumberPoint || cache instanceof HistogramPoint) && cache.owner === owner ? cache : undefined;
}

function pointOf(series: Series, form: MetricForm, deps: LayoutDeps): Point {
  const known = knownPoint(series, deps.owner);
  if (known) return known;
  const point = form.isHistogram
    ? createHistogramPoint(deps.owner, series, deps.writer)
    : createNumberPoint(deps.owner, series, form, deps.writer);
  series.cache = point;
  return point;
}

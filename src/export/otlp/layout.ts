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
  /** The encoded numbers one behind the other: point `i` from `starts[i]` to `starts[i + 1]`. */
  readonly slab: Uint8Array;
  readonly starts: Uint32Array;
  /** Where in the slab the time of point `i` stands. */
  readonly timesAt: Uint32Array;
  /** Encoded `resource` field of a ResourceMetrics. */
  readonly head: Uint8Array;
}

export interface LayoutDeps {
  /** Marks `Series.cache` as this encoder's. */
  readonly owner: object;
  readonly formOf: (spec: Series['metric']) => MetricForm;
  readonly writer: WireWriter;
  /** For slabs: it may be large. */
  readonly slabWriter: WireWriter;
}

export function encodeResourceHead(resource: Attributes, writer: WireWriter): Uint8Array {
  const start = writer.open(RESOURCE_METRICS_RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, resource);
  writer.close(start);
  return writer.take();
}

/** `isLasting`: the layout will be used again, so its slab is the one to keep. */
export function createLayout(given: readonly Series[], head: Uint8Array, isLasting: boolean, deps: LayoutDeps): Layout {
  const series: Series[] = [];
  const points: Point[] = [];
  const runs: Run[] = [];
  const starts = new Uint32Array(given.length + 1);
  const timesAt = new Uint32Array(given.length);
  for (const [spec, group] of groupByMetric(given)) {
    const form = deps.formOf(spec);
    runs.push({ form, from: series.length, to: series.length + group.length });
    for (const one of group) {
      const i = series.length;
      const start = deps.slabWriter.at;
      const point = writePoint(one, form, deps);
      series.push(one);
      points.push(point);
      starts[i + 1] = deps.slabWriter.at;
      timesAt[i] = start + (point instanceof NumberPoint ? point.timeAt : 0);
    }
  }
  const slab = deps.slabWriter.take();
  for (const [i, point] of points.entries())
    if (point instanceof NumberPoint && (isLasting || !point.slab)) {
      point.slab = slab;
      point.from = starts[i] ?? 0;
    }
  // A copy of `given`: the array may be aggregate's own, changed in place later.
  return { given: given.slice(), series, points, runs, slab, starts, timesAt, head };
}

function groupByMetric(given: readonly Series[]): Map<Series['metric'], Series[]> {
  const byMetric = new Map<Series['metric'], Series[]>();
  for (const series of given) {
    const group = byMetric.get(series.metric);
    if (group) group.push(series);
    else byMetric.set(series.metric, [series]);
  }
  return byMetric;
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

/** Attributes are encoded once in a series' life; a later layout copies the bytes. */
function writePoint(series: Series, form: MetricForm, deps: LayoutDeps): Point {
  const known = knownPoint(series, deps.owner);
  if (known instanceof NumberPoint && known.slab)
    deps.slabWriter.raw(known.slab.subarray(known.from, known.from + known.sizeBytes));
  if (known) return known;
  const point = form.isHistogram
    ? createHistogramPoint(deps.owner, series, deps.writer)
    : createNumberPoint(deps.owner, series, form, deps.slabWriter);
  series.cache = point;
  return point;
}

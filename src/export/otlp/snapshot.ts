import type { MetricBatch, ResourceSeries, Series } from '../../model/series.ts';
import type { Ledger } from '../../self/ledger.ts';
import { EndedSeries, type Farewell } from './ended.ts';
import { encodeHistogram, encodeStaleHistogram, HistogramPoint } from './histogram.ts';
import { copyHistogram, histogramSince } from './histogram-delta.ts';
import { createLayout, encodeResourceHead, isSameOrder, type Layout, type LayoutDeps } from './layout.ts';
import { createMetricForms, type MetricForm, type TemporalityPreference } from './metric-form.ts';
import { encodeStaleNumber, type NumberPoint } from './point.ts';
import { type Halves, wallNs } from './wall-time.ts';
import { WireWriter } from './wire.ts';

/** One resource in a snapshot. Point `i` of the layout has its value at `offset + i`. */
export interface Part {
  readonly layout: Layout;
  readonly offset: number;
  /** Points that are encoded already, by index: histograms and stale marks. */
  readonly encoded: ReadonlyMap<number, Uint8Array>;
}

/**
 * The values of one batch, eight bytes a number, taken within `push`; the requests are made of it later,
 * one at a time, so that a flush of 100,000 points never stands in memory as a whole. A value that is NaN
 * and not in `encoded` is left out.
 */
export interface Snapshot {
  readonly timeNs: Halves;
  readonly parts: readonly Part[];
  readonly values: Float64Array;
  /** Where each delta begins; empty when nothing is delta. */
  readonly startsMs: Float64Array;
  readonly points: number;
}

interface KnownResource {
  readonly attributes: ResourceSeries['resource'];
  readonly head: Uint8Array;
  layout: Layout | undefined;
}

export class SnapshotTaker {
  private readonly writer = new WireWriter();
  private readonly deps: LayoutDeps;
  private readonly ended: EndedSeries;
  private readonly hasDelta: boolean;
  private readonly ledger: Ledger;
  /** Only of resources in the last batch, so bounded by it. */
  private known = new Map<string, KnownResource>();
  /** Where the next deltas begin. */
  private lastMs = Number.NaN;

  constructor(preference: TemporalityPreference, ledger: Ledger) {
    const formOf = createMetricForms(preference);
    this.deps = { owner: this, formOf, writer: this.writer, slabWriter: new WireWriter() };
    this.ended = new EndedSeries(this, formOf);
    this.hasDelta = preference !== 'cumulative';
    this.ledger = ledger;
  }

  take(batch: MetricBatch): Snapshot {
    const entries = this.ended.startBatch(batch.resources);
    const known = new Map<string, KnownResource>();
    const staleFrom: number[] = [];
    let size = 0;
    const layouts = entries.map(({ resource, farewell }) => {
      const layout = this.layoutOf(resource, farewell, known);
      staleFrom.push(layout.given.length - (farewell?.stale.length ?? 0));
      size += layout.series.length;
      return layout;
    });
    this.known = known;
    const filler = new Filler(batch.timeMs, this.lastMs, size, this.hasDelta, this.writer);
    this.lastMs = batch.timeMs;
    const parts = layouts.map((layout, i) => filler.fill(layout, layout.given.slice(staleFrom[i])));
    if (filler.unfit > 0) this.ledger.count('export', 'dropped', 'not-finite', filler.unfit);
    return { timeNs: filler.timeNs, parts, values: filler.values, startsMs: filler.startsMs, points: filler.points };
  }

  private layoutOf(
    resource: ResourceSeries,
    farewell: Farewell | undefined,
    known: Map<string, KnownResource>,
  ): Layout {
    let entry = this.known.get(resource.key);
    if (!entry || entry.attributes !== resource.resource) {
      const head = encodeResourceHead(resource.resource, this.writer);
      entry = { attributes: resource.resource, head, layout: undefined };
    }
    known.set(resource.key, entry);
    if (farewell && farewell.finals.length + farewell.stale.length > 0)
      return createLayout([...resource.series, ...farewell.finals, ...farewell.stale], entry.head, false, this.deps);
    if (!entry.layout || !isSameOrder(resource.series, entry.layout))
      entry.layout = createLayout(resource.series, entry.head, true, this.deps);
    return entry.layout;
  }
}

/** Reads values into one snapshot's arrays. */
class Filler {
  readonly timeNs: Halves;
  readonly values: Float64Array;
  readonly startsMs: Float64Array;
  points = 0;
  unfit = 0;
  private readonly lastMs: number;
  private readonly writer: WireWriter;
  private used = 0;

  constructor(timeMs: number, lastMs: number, size: number, hasDelta: boolean, writer: WireWriter) {
    this.lastMs = lastMs;
    this.timeNs = wallNs(timeMs);
    this.values = new Float64Array(size);
    this.startsMs = new Float64Array(hasDelta ? size : 0);
    this.writer = writer;
  }

  fill(layout: Layout, stale: readonly Series[]): Part {
    const offset = this.used;
    this.used += layout.series.length;
    const encoded = new Map<number, Uint8Array>();
    const staleSet = stale.length > 0 ? new Set(stale) : undefined;
    for (const { form, from, to } of layout.runs)
      for (let i = from; i < to; i++) {
        const series = layout.series[i] as Series;
        const point = layout.points[i];
        if (staleSet?.has(series)) {
          encoded.set(i, this.staleMark(series, form, point));
          this.values[offset + i] = Number.NaN;
          this.points++;
        } else if (point instanceof HistogramPoint) {
          const bytes = this.histogram(series, form, point);
          if (bytes) encoded.set(i, bytes);
          this.values[offset + i] = Number.NaN;
        } else this.number(series, form, point as NumberPoint, offset + i);
      }
    return { layout, offset, encoded };
  }

  private staleMark(series: Series, form: MetricForm, point: unknown): Uint8Array {
    return point instanceof HistogramPoint
      ? encodeStaleHistogram(series, point.attributes, this.timeNs, this.writer)
      : encodeStaleNumber(series, form, this.timeNs, this.writer);
  }

  private number(series: Series, form: MetricForm, point: NumberPoint, at: number): void {
    const read = series.value;
    if (typeof read !== 'number' || !Number.isFinite(read)) {
      this.values[at] = Number.NaN;
      this.unfit++;
      return;
    }
    const value = form.spec.isInteger ? Math.round(read) : read;
    const last = point.lastValue;
    point.lastValue = read;
    this.points++;
    if (!form.isDelta) {
      this.values[at] = value;
      return;
    }
    const isFirst = Number.isNaN(last);
    this.startsMs[at] = isFirst ? series.startMs : this.lastMs;
    // A total that fell was begun anew: all of it is new.
    this.values[at] = isFirst || read < last ? value : value - (form.spec.isInteger ? Math.round(last) : last);
    if (this.values[at] === 0 && !isFirst) {
      this.values[at] = Number.NaN;
      this.points--;
    }
  }

  private histogram(series: Series, form: MetricForm, point: HistogramPoint): Uint8Array | undefined {
    const read = series.value;
    if (typeof read === 'number') {
      this.unfit++;
      return undefined;
    }
    const since = form.isDelta ? histogramSince(read, point.last) : read;
    if (form.isDelta && since.count === 0 && point.last) return undefined;
    const startMs = form.isDelta && point.last ? this.lastMs : series.startMs;
    point.last = copyHistogram(read);
    this.points++;
    return encodeHistogram(since, point.attributes, startMs, this.timeNs, this.writer);
  }
}

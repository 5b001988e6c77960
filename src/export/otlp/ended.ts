import type { ResourceSeries, Series } from '../../model/series.ts';
import { HistogramPoint } from './histogram.ts';
import { knownPoint } from './layout.ts';
import type { MetricForm } from './metric-form.ts';

/** What is sent for ended series beside the live ones. */
export interface Farewell {
  /** Series whose last value was never sent: sent now, as if alive. */
  readonly finals: readonly Series[];
  /** Series to be marked as stale now. */
  readonly stale: readonly Series[];
}

interface Waiting {
  readonly resource: ResourceSeries;
  readonly series: Series[];
}

/**
 * A series that ended with a value nobody has seen (a container of 50 ms) is sent with it, and marked as
 * stale only in the next batch: a backend that gets both at once shows nothing. Delta series need no mark.
 * Holds no more than the ended series of one batch.
 */
export class EndedSeries {
  private readonly owner: object;
  private readonly formOf: (spec: Series['metric']) => MetricForm;
  private waiting = new Map<string, Waiting>();

  constructor(owner: object, formOf: (spec: Series['metric']) => MetricForm) {
    this.owner = owner;
    this.formOf = formOf;
  }

  /** The batch's resources, and those that are in it no more but have marks waiting. */
  startBatch(resources: readonly ResourceSeries[]): { resource: ResourceSeries; farewell: Farewell | undefined }[] {
    const before = this.waiting;
    this.waiting = new Map();
    const all = resources.map((resource) => {
      const marks = before.get(resource.key)?.series ?? [];
      before.delete(resource.key);
      return { resource, farewell: this.farewell(resource, marks) };
    });
    for (const { resource, series } of before.values())
      all.push({ resource: { ...resource, series: [], ended: [] }, farewell: { finals: [], stale: series } });
    return all;
  }

  private farewell(resource: ResourceSeries, marks: readonly Series[]): Farewell | undefined {
    if (resource.ended.length === 0 && marks.length === 0) return undefined;
    const successors = this.newIdentities(resource.series);
    const isGone = (series: Series) => successors.size === 0 || !successors.has(identityOf(series));
    const finals: Series[] = [];
    const stale = marks.filter(isGone);
    const later: Series[] = [];
    for (const series of resource.ended) {
      if (!isGone(series)) continue;
      const isUnsent = this.isUnsent(series);
      if (isUnsent) finals.push(series);
      if (this.formOf(series.metric).isDelta) continue;
      (isUnsent ? later : stale).push(series);
    }
    if (later.length > 0) this.waiting.set(resource.key, { resource, series: later });
    return { finals, stale };
  }

  /** A series that began anew under the same attributes carries on: neither old value nor mark may follow. */
  private newIdentities(live: readonly Series[]): ReadonlySet<string> {
    const identities = new Set<string>();
    for (const series of live) if (!knownPoint(series, this.owner)) identities.add(identityOf(series));
    return identities;
  }

  private isUnsent(series: Series): boolean {
    const point = knownPoint(series, this.owner);
    if (!point) return true;
    if (point instanceof HistogramPoint)
      return typeof series.value !== 'number' && point.last?.count !== series.value.count;
    return point.lastValue !== series.value;
  }
}

function identityOf(series: Series): string {
  return `${series.metric.name}${JSON.stringify(series.attributes)}`;
}

import type { MetricSpec } from '../../generated/signals.ts';
import { WIRE_VARINT, WireWriter } from './wire.ts';

/** What OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE allows. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

const METRIC_NAME = 1;
const METRIC_DESCRIPTION = 2;
const METRIC_UNIT = 3;
const METRIC_DATA_FIELD = { gauge: 5, counter: 7, updown: 7, histogram: 9, exponential_histogram: 10 } as const;
const DATA_TEMPORALITY = 2;
const SUM_IS_MONOTONIC = 3;
const TEMPORALITY_DELTA = 1;
const TEMPORALITY_CUMULATIVE = 2;

/** The parts of a Metric message that are the same in every request. */
export interface MetricForm {
  readonly spec: MetricSpec;
  readonly isDelta: boolean;
  readonly hasStart: boolean;
  readonly isHistogram: boolean;
  /** Name, description and unit. */
  readonly head: Uint8Array;
  /** Field of the Sum, Gauge or Histogram in the Metric. */
  readonly dataField: number;
  /** Temporality and monotonicity, behind the points. */
  readonly tail: Uint8Array;
}

export function createMetricForms(preference: TemporalityPreference): (spec: MetricSpec) => MetricForm {
  const forms = new Map<MetricSpec, MetricForm>();
  const writer = new WireWriter();
  return (spec) => {
    const known = forms.get(spec);
    if (known) return known;
    const form = makeForm(spec, isDelta(spec, preference), writer);
    forms.set(spec, form);
    return form;
  };
}

/**
 * `lowmemory` is delta for histograms and synchronous counters only. Ours are readings of a total, as an
 * asynchronous counter's are, so they stay cumulative there. What goes up and down is always cumulative.
 */
function isDelta(spec: MetricSpec, preference: TemporalityPreference): boolean {
  if (preference === 'cumulative' || spec.kind === 'gauge' || spec.kind === 'updown') return false;
  return preference === 'delta' || spec.kind !== 'counter';
}

function makeForm(spec: MetricSpec, isDelta: boolean, writer: WireWriter): MetricForm {
  writer.string(METRIC_NAME, spec.name);
  writer.string(METRIC_DESCRIPTION, spec.description);
  writer.string(METRIC_UNIT, spec.unit);
  const head = writer.take();
  if (spec.kind !== 'gauge') {
    writer.tag(DATA_TEMPORALITY, WIRE_VARINT);
    writer.varint(isDelta ? TEMPORALITY_DELTA : TEMPORALITY_CUMULATIVE);
  }
  if (spec.kind === 'counter') {
    writer.tag(SUM_IS_MONOTONIC, WIRE_VARINT);
    writer.varint(1);
  }
  return {
    spec,
    isDelta,
    hasStart: spec.kind !== 'gauge',
    isHistogram: spec.kind === 'histogram' || spec.kind === 'exponential_histogram',
    head,
    dataField: METRIC_DATA_FIELD[spec.kind],
    tail: writer.take(),
  };
}

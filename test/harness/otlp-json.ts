/** One data point as the Collector's file exporter wrote it, flattened. */
export interface Point {
  readonly resource: Readonly<Record<string, AnyValue>>;
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram';
  readonly isMonotonic: boolean;
  readonly temporality: 'delta' | 'cumulative' | undefined;
  readonly attributes: Readonly<Record<string, AnyValue>>;
  /** Sum or gauge value; a histogram's count. NaN when the point says "no recorded value". */
  readonly value: number;
  readonly startMs: number;
  readonly timeMs: number;
  readonly hasNoRecordedValue: boolean;
}

export type AnyValue = string | number | boolean | readonly AnyValue[] | null;

export interface JsonValue {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: JsonValue[] };
}
interface JsonPoint {
  attributes?: { key: string; value: JsonValue }[];
  startTimeUnixNano?: string;
  timeUnixNano?: string;
  asInt?: string;
  asDouble?: number;
  count?: string;
  flags?: number;
}
interface JsonData {
  dataPoints?: JsonPoint[];
  isMonotonic?: boolean;
  aggregationTemporality?: number;
}
type JsonMetric = { name: string; unit?: string } & Partial<Record<Point['kind'], JsonData>>;
interface JsonLine {
  resourceMetrics?: {
    resource?: { attributes?: { key: string; value: JsonValue }[] };
    scopeMetrics?: { scope?: { name?: string }; metrics?: JsonMetric[] }[];
  }[];
}

const KINDS = ['sum', 'gauge', 'histogram', 'exponentialHistogram'] as const;

/** Points of whole lines. */
export function pointsOf(text: string): Point[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => pointsOfLine(JSON.parse(line) as JsonLine));
}

function pointsOfLine(line: JsonLine): Point[] {
  const points: Point[] = [];
  for (const resourceMetrics of line.resourceMetrics ?? []) {
    const resource = attributesOf(resourceMetrics.resource?.attributes);
    for (const scopeMetrics of resourceMetrics.scopeMetrics ?? [])
      for (const metric of scopeMetrics.metrics ?? [])
        for (const kind of KINDS)
          for (const point of metric[kind]?.dataPoints ?? [])
            points.push({ resource, scope: scopeMetrics.scope?.name ?? '', ...pointOf(metric, kind, point) });
  }
  return points;
}

function pointOf(metric: JsonMetric, kind: Point['kind'], point: JsonPoint): Omit<Point, 'resource' | 'scope'> {
  const data = metric[kind];
  const hasNoRecordedValue = ((point.flags ?? 0) & 1) === 1;
  const value = Number(point.asInt ?? point.asDouble ?? point.count ?? 0);
  return {
    metric: metric.name,
    unit: metric.unit ?? '',
    kind,
    isMonotonic: data?.isMonotonic === true,
    temporality:
      data?.aggregationTemporality === 1 ? 'delta' : data?.aggregationTemporality === 2 ? 'cumulative' : undefined,
    attributes: attributesOf(point.attributes),
    value: hasNoRecordedValue ? Number.NaN : value,
    startMs: Number(point.startTimeUnixNano ?? 0) / 1e6,
    timeMs: Number(point.timeUnixNano ?? 0) / 1e6,
    hasNoRecordedValue,
  };
}

export function attributesOf(list: { key: string; value: JsonValue }[] = []): Record<string, AnyValue> {
  return Object.fromEntries(list.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: JsonValue): AnyValue {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? null;
}

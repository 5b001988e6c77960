import { join } from 'node:path';
import protobuf from 'protobufjs';
import { attributesOf, type SinkValue, type WirePair } from './any-value.ts';

export type { SinkValue } from './any-value.ts';

/** One data point as a receiver sees it. Nanoseconds are exact. */
export interface SinkPoint {
  readonly resource: Readonly<Record<string, SinkValue>>;
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram';
  readonly isMonotonic: boolean;
  readonly temporality: 'delta' | 'cumulative' | undefined;
  readonly attributes: Readonly<Record<string, SinkValue>>;
  readonly startNs: bigint;
  readonly timeNs: bigint;
  readonly flags: number;
  /** Undefined where the point carries none. */
  readonly asInt: bigint | undefined;
  readonly asDouble: number | undefined;
  readonly histogram: SinkHistogram | undefined;
}

export interface SinkHistogram {
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly buckets: readonly bigint[];
  readonly bounds: readonly number[];
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly offset: number;
}

interface WirePoint {
  attributes?: WirePair[];
  startTimeUnixNano?: string;
  timeUnixNano?: string;
  flags?: number;
  asInt?: string;
  asDouble?: number;
  count?: string;
  sum?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
  scale?: number;
  zeroCount?: string;
  positive?: { offset?: number; bucketCounts?: string[] };
}
interface WireData {
  dataPoints?: WirePoint[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}
type WireMetric = { name?: string; unit?: string; description?: string } & Partial<Record<SinkPoint['kind'], WireData>>;
interface WireRequest {
  resourceMetrics?: {
    resource?: { attributes?: WirePair[] };
    scopeMetrics?: { scope?: { name?: string }; metrics?: WireMetric[] }[];
  }[];
}

const root = protobuf.loadSync(join(import.meta.dirname, 'metrics.proto'));
const PACKAGE = 'opentelemetry.proto.collector.metrics.v1';
const requestType = root.lookupType(`${PACKAGE}.ExportMetricsServiceRequest`);
const responseType = root.lookupType(`${PACKAGE}.ExportMetricsServiceResponse`);
const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const;

export function decodeRequest(bytes: Uint8Array): SinkPoint[] {
  const message = requestType.toObject(requestType.decode(bytes), { longs: String }) as WireRequest;
  const points: SinkPoint[] = [];
  for (const { resource, scopeMetrics } of message.resourceMetrics ?? [])
    for (const { scope, metrics } of scopeMetrics ?? [])
      for (const metric of metrics ?? [])
        for (const kind of KINDS)
          for (const point of metric[kind]?.dataPoints ?? [])
            points.push({
              resource: attributesOf(resource?.attributes),
              scope: scope?.name ?? '',
              ...pointOf(metric, kind, point),
            });
  return points;
}

export function encodeResponse(partial?: { rejectedPoints: number; message: string }): Buffer {
  const message = partial
    ? { partialSuccess: { rejectedDataPoints: partial.rejectedPoints, errorMessage: partial.message } }
    : {};
  return Buffer.from(responseType.encode(responseType.fromObject(message)).finish());
}

function pointOf(metric: WireMetric, kind: SinkPoint['kind'], point: WirePoint): Omit<SinkPoint, 'resource' | 'scope'> {
  const temporality = metric[kind]?.aggregationTemporality;
  return {
    metric: metric.name ?? '',
    unit: metric.unit ?? '',
    description: metric.description ?? '',
    kind,
    isMonotonic: metric[kind]?.isMonotonic === true,
    temporality: temporality === 1 ? 'delta' : temporality === 2 ? 'cumulative' : undefined,
    attributes: attributesOf(point.attributes),
    startNs: BigInt(point.startTimeUnixNano ?? 0),
    timeNs: BigInt(point.timeUnixNano ?? 0),
    flags: point.flags ?? 0,
    asInt: point.asInt === undefined ? undefined : BigInt(point.asInt),
    asDouble: point.asDouble,
    histogram: point.count === undefined ? undefined : histogramOf(point),
  };
}

function histogramOf(point: WirePoint): SinkHistogram {
  return {
    count: BigInt(point.count ?? 0),
    sum: point.sum,
    buckets: (point.positive?.bucketCounts ?? point.bucketCounts ?? []).map(BigInt),
    bounds: point.explicitBounds ?? [],
    scale: point.scale ?? 0,
    zeroCount: BigInt(point.zeroCount ?? 0),
    offset: point.positive?.offset ?? 0,
  };
}

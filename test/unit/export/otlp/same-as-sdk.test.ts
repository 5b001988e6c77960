import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { SinkPoint } from '../../../harness/otlp/decode.ts';
import { decodeRequest } from '../../../harness/otlp/decode.ts';
import { batch, metric, resource, series, T0_MS } from '../fixtures.ts';
import { testEncoder } from './encode.ts';

const time = (ms: number): [number, number] => [Math.floor(ms / 1000), (ms % 1000) * 1e6];

/** The official serialiser's bytes, read by the same decoder, are the same points: the decoder tells the truth. */
describe('encoding against the SDK', () => {
  it('gives the same points', () => {
    const attributes = { text: 'ä', whole: -7, real: 0.25, flag: true, list: ['a', 'b'] };
    const spec = metric({ isInteger: true });
    const times = { startTime: time(T0_MS - 60_000), endTime: time(T0_MS) };
    const exponential = {
      kind: 'exponential' as const,
      scale: 3,
      count: 4,
      sum: 9.5,
      zeroCount: 1,
      offset: -3,
      buckets: [1, 2],
    };
    const explicit = { kind: 'explicit' as const, bounds: [0.5, 1], count: 3, sum: 2.5, buckets: [1, 1, 1] };
    const sdk: ResourceMetrics = {
      resource: resourceFromAttributes({ 'container.id': 'c' }),
      scopeMetrics: [
        {
          scope: { name: 'sonde' },
          metrics: [
            {
              descriptor: { name: spec.name, unit: spec.unit, description: spec.description, valueType: ValueType.INT },
              aggregationTemporality: AggregationTemporality.CUMULATIVE,
              dataPointType: DataPointType.SUM,
              isMonotonic: true,
              dataPoints: [{ ...times, attributes, value: 2 ** 40 + 1 }],
            },
            {
              descriptor: { name: 'e', unit: 's', description: 'd', valueType: ValueType.DOUBLE },
              aggregationTemporality: AggregationTemporality.CUMULATIVE,
              dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
              dataPoints: [
                {
                  ...times,
                  attributes,
                  value: {
                    count: exponential.count,
                    sum: exponential.sum,
                    scale: exponential.scale,
                    zeroCount: exponential.zeroCount,
                    positive: { offset: exponential.offset, bucketCounts: exponential.buckets },
                    negative: { offset: 0, bucketCounts: [] },
                  },
                },
              ],
            },
            {
              descriptor: { name: 'h', unit: 's', description: 'd', valueType: ValueType.DOUBLE },
              aggregationTemporality: AggregationTemporality.CUMULATIVE,
              dataPointType: DataPointType.HISTOGRAM,
              dataPoints: [
                {
                  ...times,
                  attributes,
                  value: {
                    count: explicit.count,
                    sum: explicit.sum,
                    buckets: { boundaries: explicit.bounds, counts: explicit.buckets },
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const bytes = ProtobufMetricsSerializer.serializeRequest(sdk);
    assert.ok(bytes);
    const live = [
      series(spec, attributes, 2 ** 40 + 1),
      series(
        metric({ name: 'e', unit: 's', description: 'd', kind: 'exponential_histogram', isInteger: false }),
        attributes,
        exponential,
      ),
      series(
        metric({ name: 'h', unit: 's', description: 'd', kind: 'histogram', isInteger: false }),
        attributes,
        explicit,
      ),
    ];
    const ours = testEncoder().encode(batch(T0_MS, resource('c', live))).points;
    assert.deepEqual(ours.map(plain), decodeRequest(bytes).map(plain));
    assert.equal(ours.length, 3);
  });
});

const plain = (point: SinkPoint) => ({
  ...point,
  attributes: { ...point.attributes },
  resource: { ...point.resource },
});

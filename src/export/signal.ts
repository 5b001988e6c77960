import {
  type IExporterMetricsHelper,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { OtlpRequest } from './exporter.ts';

/** What a receiver left out of a request that it took. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** What differs between the ways of metrics and of traces. */
export interface OtlpSignal {
  /** In the names the library gives its own metrics. */
  readonly itemName: IExporterMetricsHelper<OtlpRequest>['name'];
  readonly componentName: 'metric' | 'span';
  readonly service: string;
  readonly path: string;
  partialSuccessOf(response: Uint8Array): PartialSuccess;
}

export const METRICS: OtlpSignal = {
  itemName: 'metric_data_point',
  componentName: 'metric',
  service: 'MetricsExportService',
  path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  partialSuccessOf(bytes) {
    const { rejectedDataPoints = 0, errorMessage = '' } =
      ProtobufMetricsSerializer.deserializeResponse(bytes).partialSuccess ?? {};
    return { rejected: Number(rejectedDataPoints), message: errorMessage };
  },
};

export const TRACES: OtlpSignal = {
  itemName: 'span',
  componentName: 'span',
  service: 'TraceExportService',
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  partialSuccessOf(bytes) {
    const { rejectedSpans = 0, errorMessage = '' } =
      ProtobufTraceSerializer.deserializeResponse(bytes).partialSuccess ?? {};
    return { rejected: Number(rejectedSpans), message: errorMessage };
  },
};

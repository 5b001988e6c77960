import type { OtlpTarget } from '../config/config.ts';
import type { ExporterSpec } from './exporter.ts';
import { grpcExporter } from './grpc/grpc-exporter.ts';
import { httpProtobufExporter } from './http-protobuf/http-protobuf-exporter.ts';

/** Every way out, by protocol. */
export const EXPORTERS: readonly ExporterSpec[] = [grpcExporter, httpProtobufExporter];

export function specOf(protocol: OtlpTarget['protocol']): ExporterSpec {
  const spec = EXPORTERS.find((exporter) => exporter.protocol === protocol);
  if (!spec) throw new RangeError(`no exporter for ${protocol}`);
  return spec;
}

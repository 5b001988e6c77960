import type { ExporterSpec } from './exporter.ts';
import { grpcExporter } from './grpc/grpc-exporter.ts';
import { httpProtobufExporter } from './http-protobuf/http-protobuf-exporter.ts';

/** Every way out, by protocol. */
export const EXPORTERS: readonly ExporterSpec[] = [grpcExporter, httpProtobufExporter];

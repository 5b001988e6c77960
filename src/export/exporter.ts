import type { MeterProvider } from '@opentelemetry/api';
import type { OtlpTarget } from '../config/config.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { OtlpSignal } from './signal.ts';

/** What came of one request. */
export type SendOutcome =
  | { readonly kind: 'delivered'; readonly rejectedPoints: number; readonly message: string }
  /** Worth sending again; `isDoubtful` when it may be the request's own fault, so not for ever. */
  | { readonly kind: 'retry'; readonly code: ErrorCode; readonly detail: string; readonly isDoubtful: boolean }
  /** Sending it again would not help. */
  | { readonly kind: 'refused'; readonly code: 'SND_EXP_REFUSED' | 'SND_EXP_TOO_LARGE'; readonly detail: string };

/** An encoded ExportMetricsServiceRequest or ExportTraceServiceRequest. */
export interface OtlpRequest {
  readonly bytes: Uint8Array;
  /** Data points or spans in it. */
  readonly points: number;
}

/** One way to bring a request to a backend. Called with one request at a time; never rejects. */
export interface Exporter {
  send(request: OtlpRequest): Promise<SendOutcome>;
  close(): void;
}

export interface ExporterDeps {
  /** Where the library's own `otel.sdk.exporter.*` metrics go. */
  readonly meterProvider: MeterProvider | undefined;
}

export interface ExporterSpec {
  readonly protocol: OtlpTarget['protocol'];
  /** Throws a `SondeError` when the TLS files are of no use. */
  create(config: OtlpTarget, signal: OtlpSignal, deps: ExporterDeps): Exporter;
}

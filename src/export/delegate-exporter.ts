import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { IExporterMetricsHelper, ISerializer } from '@opentelemetry/otlp-transformer';
import type { Exporter, OtlpRequest, SendOutcome } from './exporter.ts';
import type { OtlpSignal, PartialSuccess } from './signal.ts';

/** Time the library has beyond its own timeout before it is given up. */
const GRACE_MS = 1000;

export type Delegate = IOtlpExportDelegate<OtlpRequest>;
export type RequestSerializer = ISerializer<OtlpRequest, object>;

export const counterOf = ({ itemName }: OtlpSignal): IExporterMetricsHelper<OtlpRequest> => ({
  name: itemName,
  countItems: (request) => request.points,
});

const ALL_TAKEN: PartialSuccess = { rejected: 0, message: '' };

export interface DelegateExporterOptions {
  readonly signal: OtlpSignal;
  readonly timeoutMs: number;
  /** Makes a delegate with fresh connections. */
  connect(serializer: RequestSerializer): { delegate: Delegate; disconnect: () => void };
  classify(error: Error): SendOutcome;
  /** Gives the library the bytes in another form. */
  handOver?(bytes: Uint8Array): Uint8Array;
}

/**
 * An exporter on the library's export delegate, which brings credentials, compression, headers, timeout
 * and (for http) retry. Our requests are encoded already, so the serialiser hands them through. The
 * delegate only logs a partial success; we read it where it is parsed.
 *
 * After each failure that may lie with the connection the delegate is made anew: gRPC's own channel waits
 * up to two minutes before it tries a dead address again, longer than we do.
 */
export function createDelegateExporter(options: DelegateExporterOptions): Exporter {
  /** What the server said about the request under way. */
  const answer: { partial: PartialSuccess } = { partial: ALL_TAKEN };
  const serializer: RequestSerializer = {
    serializeRequest: ({ bytes }) => options.handOver?.(bytes) ?? bytes,
    deserializeResponse: (data) => {
      answer.partial = options.signal.partialSuccessOf(data);
      return {};
    },
  };
  let connection: ReturnType<DelegateExporterOptions['connect']> | undefined;

  const disconnect = (): void => {
    connection?.disconnect();
    connection = undefined;
  };

  const send = (request: OtlpRequest): Promise<ExportResult> =>
    new Promise((resolve) => {
      // A server that answers a byte now and then keeps the library's idle timeout from firing.
      const overdue = setTimeout(() => {
        resolve({ code: ExportResultCode.FAILED, error: new Error('Request timed out') });
      }, options.timeoutMs + GRACE_MS);
      connection ??= options.connect(serializer);
      connection.delegate.export(request, (result) => {
        clearTimeout(overdue);
        resolve(result);
      });
    });

  return {
    async send(request) {
      answer.partial = ALL_TAKEN;
      const result = await send(request);
      if (result.code === ExportResultCode.SUCCESS) {
        const { rejected, message } = answer.partial;
        return { kind: 'delivered', rejectedPoints: rejected, message };
      }
      const outcome = options.classify(result.error ?? new Error('failed without a reason'));
      if (outcome.kind === 'retry') disconnect();
      return outcome;
    },
    close: disconnect,
  };
}

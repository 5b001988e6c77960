import type { ByteRange, ExchangeFacts, MissedReason } from '../../../model/exchange.ts';
import type { SqlFacts } from '../lib/sql.ts';

/**
 * What the server answers in order: a query (until it is ready again), one execution, a statement that was
 * prepared and not executed, or the end of a group of extended messages.
 */
export interface Step {
  readonly kind: 'query' | 'execute' | 'prepare' | 'sync';
  readonly startNs: number;
  readonly offsetBytes: number;
  endBytes: number;
  /** Undefined when the statement was prepared before the capture. */
  readonly sql: SqlFacts | undefined;
  errorType: string | undefined;
  responseOffsetBytes: number | undefined;
}

export function stepFacts(
  step: Step,
  database: string | undefined,
  endNs: number,
  response: ByteRange | undefined,
  missed: MissedReason | undefined,
): ExchangeFacts {
  const { sql, errorType } = step;
  const operation = step.kind === 'prepare' ? 'PREPARE' : sql?.operation;
  return {
    startNs: step.startNs,
    endNs,
    name: step.kind === 'prepare' ? 'PREPARE' : (sql?.summary ?? 'EXECUTE'),
    status: response === undefined ? 'unknown' : errorType === undefined ? 'ok' : 'failed',
    errorType,
    attributes: {
      'db.system.name': 'postgresql',
      ...(database === undefined ? {} : { 'db.namespace': database }),
      ...(operation === undefined ? {} : { 'db.operation.name': operation }),
      ...(sql === undefined ? {} : { 'db.query.summary': sql.summary, 'db.query.text': sql.text }),
      ...(errorType === undefined ? {} : { 'db.response.status_code': errorType }),
    },
    traceparent: undefined,
    request: { offsetBytes: step.offsetBytes, sizeBytes: step.endBytes - step.offsetBytes },
    response,
    missed,
  };
}

import type { ByteRange, ExchangeFacts, MissedReason } from '../../../model/exchange.ts';
import type { SqlFacts } from '../lib/sql.ts';

/** Commands by number; those without an answer are not here. */
export const COMMANDS: Readonly<Record<number, string>> = {
  2: 'INIT_DB',
  3: 'QUERY',
  4: 'FIELD_LIST',
  9: 'STATISTICS',
  12: 'KILL',
  14: 'PING',
  17: 'CHANGE_USER',
  22: 'PREPARE',
  23: 'EXECUTE',
  26: 'STMT_RESET',
  27: 'SET_OPTION',
  28: 'FETCH',
  31: 'RESET_CONNECTION',
};
/** QUIT, SEND_LONG_DATA, CLOSE. */
export const UNANSWERED: ReadonlySet<number> = new Set([1, 24, 25]);

export interface Command {
  readonly code: number;
  readonly startNs: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly sql: SqlFacts | undefined;
  /** The database that INIT_DB asks for. */
  readonly database: string | undefined;
}

export function commandFacts(
  command: Command,
  database: string | undefined,
  endNs: number,
  response: ByteRange | undefined,
  errorType: string | undefined,
  missed: MissedReason | undefined,
): ExchangeFacts {
  const { sql } = command;
  const kind = COMMANDS[command.code] ?? '_OTHER';
  const hasOwnName = kind === 'QUERY' || kind === 'EXECUTE';
  return {
    startNs: command.startNs,
    endNs,
    name: hasOwnName ? (sql?.summary ?? kind) : kind,
    status: response === undefined ? 'unknown' : errorType === undefined ? 'ok' : 'failed',
    errorType,
    attributes: {
      'db.system.name': 'mysql',
      ...(database === undefined ? {} : { 'db.namespace': database }),
      'db.operation.name': hasOwnName ? (sql?.operation ?? kind) : kind,
      ...(sql === undefined ? {} : { 'db.query.summary': sql.summary, 'db.query.text': sql.text }),
      ...(errorType === undefined ? {} : { 'db.response.status_code': errorType }),
    },
    traceparent: undefined,
    request: { offsetBytes: command.offsetBytes, sizeBytes: command.sizeBytes },
    response,
    missed,
  };
}

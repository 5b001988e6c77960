import { type SqlDialect, sanitizeSql } from './sql-sanitize.ts';

/** What of a statement may leave: no literal, no comment. */
export interface SqlFacts {
  readonly text: string;
  /** First keyword: `SELECT`. */
  readonly operation: string;
  /** `SELECT users`: low cardinality, the span's name. */
  readonly summary: string;
}

const OPERATION = /^\(*\s*([A-Za-z]{1,20})\b/;
/** The name that follows where a statement says what it works on. */
const TARGET =
  /\b(?:FROM|INTO|UPDATE|TABLE|JOIN|COPY)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+|ONLY\s+)?((?:["`]?[\w$]+["`]?)(?:\.["`]?[\w$]+["`]?){0,2})/i;
const OPERATIONS: ReadonlySet<string> = new Set(
  (
    'SELECT INSERT UPDATE DELETE MERGE REPLACE WITH BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE END ABORT SET SHOW RESET ' +
    'CREATE DROP ALTER TRUNCATE GRANT REVOKE COPY EXPLAIN ANALYZE VACUUM PREPARE EXECUTE DEALLOCATE DECLARE FETCH CLOSE MOVE ' +
    'CALL DO LISTEN UNLISTEN NOTIFY LOCK USE VALUES TABLE DISCARD CHECKPOINT COMMENT REFRESH CLUSTER REINDEX DESCRIBE DESC ' +
    'KILL FLUSH OPTIMIZE LOAD HANDLER RENAME UNLOCK XA'
  ).split(' '),
);

export function describeSql(statement: string, dialect: SqlDialect): SqlFacts {
  const text = sanitizeSql(statement, dialect);
  const word = OPERATION.exec(text)?.[1]?.toUpperCase() ?? '';
  const operation = OPERATIONS.has(word) ? word : '_OTHER';
  const target = TARGET.exec(text)?.[1]?.replaceAll(/["`]/g, '');
  return { text, operation, summary: target === undefined ? operation : `${operation} ${target.slice(0, 80)}` };
}

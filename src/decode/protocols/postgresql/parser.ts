import type { MissedReason } from '../../../model/exchange.ts';
import type { ByteStream } from '../../stream/byte-stream.ts';
import type { Direction, ParseResult, ParserDeps, ProtocolParser } from '../../stream/protocol-spec.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { Pending } from '../lib/pending.ts';
import { describeSql, type SqlFacts } from '../lib/sql.ts';
import { databaseOf, nextMessage, type PgMessage, readTexts, sqlStateOf } from './message.ts';
import { type Step, stepFacts } from './statement.ts';

const STATEMENT_LIMIT = 512;
const FRONTEND: ReadonlySet<string> = new Set(['Q', 'P', 'B', 'E', 'C']);
const FRONTEND_TYPES = 'QPBDESCHXFdcfp';
const BACKEND: ReadonlySet<string> = new Set(['E']);
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

/** Messages between two Syncs that are not yet an execution. */
interface Group {
  startNs: number;
  offsetBytes: number;
  sql: SqlFacts | undefined;
  hasParse: boolean;
  hasExecute: boolean;
}

export class PostgresqlParser implements ProtocolParser {
  readonly #deps: ParserDeps;
  readonly #steps = new Pending<Step>();
  readonly #statements = new BoundedMap<string, SqlFacts>(STATEMENT_LIMIT);
  readonly #portals = new BoundedMap<string, SqlFacts | undefined>(STATEMENT_LIMIT);
  #isStarted = false;
  /** The server answers a request for encryption with a single byte. */
  #asksEncryption = false;
  #isStartingUp = false;
  #database: string | undefined;
  #group: Group | undefined;
  #answerOffsetBytes = 0;
  #answerEndBytes = 0;

  constructor(deps: ParserDeps) {
    this.#deps = deps;
  }

  parse(direction: Direction, stream: ByteStream): ParseResult {
    if (direction === 'request') return this.#requests(stream);
    if (this.#asksEncryption) {
      if (stream.sizeBytes === 0) return undefined;
      const answer = stream.bytes[stream.at];
      this.#asksEncryption = false;
      if (answer === 0x53 || answer === 0x47 || answer === 0x4e) {
        stream.at += 1;
        if (answer !== 0x4e) return 'switched';
      }
    }
    for (;;) {
      const message = nextMessage(stream, BACKEND);
      if (message === 'more') return undefined;
      if (message === 'bad') return { lost: 'not understood' };
      const result = this.#answer(message, stream);
      if (result !== undefined) return result;
    }
  }

  end(reason: MissedReason, timeNs: number): void {
    for (const step of this.#steps.takeAll())
      if (step.kind !== 'sync') this.#deps.emit(stepFacts(step, this.#database, timeNs, undefined, reason));
  }

  #requests(stream: ByteStream): ParseResult {
    for (;;) {
      if (stream.sizeBytes === 0) return undefined;
      if (!this.#isStarted && stream.bytes[stream.at] === 0) {
        if (!this.#startUp(stream)) return undefined;
        continue;
      }
      this.#isStarted = true;
      const message = nextMessage(stream, FRONTEND);
      if (message === 'more') return undefined;
      if (message === 'bad' || !FRONTEND_TYPES.includes(message.type)) return { lost: 'not understood' };
      if (!this.#request(message)) return { lost: 'too many pending' };
    }
  }

  #startUp(stream: ByteStream): boolean {
    if (stream.sizeBytes < 8) return false;
    const sizeBytes = stream.bytes.readUInt32BE(stream.at);
    const code = stream.bytes.readUInt32BE(stream.at + 4);
    if (stream.sizeBytes < Math.min(sizeBytes, 8192)) return false;
    if (code === SSL_REQUEST || code === GSS_REQUEST) this.#asksEncryption = true;
    else {
      this.#isStarted = true;
      this.#isStartingUp = code !== CANCEL_REQUEST;
      if (this.#isStartingUp) this.#database = databaseOf(stream.bytes.subarray(stream.at + 8, stream.at + sizeBytes));
    }
    stream.at += Math.min(sizeBytes, stream.sizeBytes);
    return true;
  }

  #request(message: PgMessage): boolean {
    switch (message.type) {
      case 'Q':
        return this.#add('query', message, describeSql(readTexts(message.bytes, 1)[0] ?? '', 'postgresql'), message);
      case 'P': {
        const [name = '', text = ''] = readTexts(message.bytes, 2);
        const sql = describeSql(text, 'postgresql');
        this.#statements.set(name, sql);
        const group = this.#open(message);
        group.hasParse = true;
        group.sql = sql;
        return true;
      }
      case 'B': {
        const [portal = '', name = ''] = readTexts(message.bytes, 2);
        this.#open(message);
        this.#portals.set(portal, this.#statements.get(name));
        return true;
      }
      case 'D':
        this.#open(message);
        return true;
      case 'E': {
        const [portal = ''] = readTexts(message.bytes, 1);
        const group = this.#open(message);
        const isAdded = this.#add('execute', message, this.#portals.get(portal), group);
        // The next execution of the group begins after this one.
        this.#group = { ...group, startNs: -1, hasExecute: true };
        return isAdded;
      }
      case 'C':
        if (message.bytes[0] === 0x53) this.#statements.delete(readTexts(message.bytes.subarray(1), 1)[0] ?? '');
        return true;
      case 'S': {
        const group = this.#group;
        this.#group = undefined;
        if (group?.hasParse && !group.hasExecute && !this.#add('prepare', message, group.sql, group)) return false;
        return this.#add('sync', message, undefined, message);
      }
      default:
        return true;
    }
  }

  #open(message: PgMessage): Group {
    const { startNs, offsetBytes } = message;
    if (!this.#group) this.#group = { startNs, offsetBytes, sql: undefined, hasParse: false, hasExecute: false };
    else if (this.#group.startNs < 0) Object.assign(this.#group, { startNs, offsetBytes });
    return this.#group;
  }

  #add(
    kind: Step['kind'],
    message: PgMessage,
    sql: SqlFacts | undefined,
    from: { startNs: number; offsetBytes: number },
  ): boolean {
    return this.#steps.add({
      kind,
      startNs: from.startNs,
      offsetBytes: from.offsetBytes,
      endBytes: message.offsetBytes + message.sizeBytes,
      sql,
      errorType: undefined,
      responseOffsetBytes: undefined,
    });
  }

  #answer(message: PgMessage, stream: ByteStream): ParseResult {
    const step = this.#steps.first;
    this.#answerOffsetBytes = message.offsetBytes;
    this.#answerEndBytes = message.offsetBytes + message.sizeBytes;
    // Notices, parameters and notifications come at any time.
    if ('NSA'.includes(message.type)) return undefined;
    if (step && step.kind !== 'sync') step.responseOffsetBytes ??= message.offsetBytes;
    switch (message.type) {
      case 'C':
      case 'I':
      case 's':
        if (step?.kind === 'execute') this.#finish(stream.nowNs);
        return undefined;
      case 'E':
        if (step && step.kind !== 'sync') step.errorType = sqlStateOf(message.bytes);
        if (step?.kind === 'execute') this.#abandonGroup(stream.nowNs);
        return undefined;
      case 'Z':
        return this.#ready(stream.nowNs);
      default:
        return undefined;
    }
  }

  /** After an error the server passes over everything up to the Sync. */
  #abandonGroup(endNs: number): void {
    const errorType = this.#steps.first?.errorType;
    for (let step = this.#steps.first; step && step.kind === 'execute'; step = this.#steps.first) {
      step.errorType ??= errorType;
      step.responseOffsetBytes ??= this.#answerOffsetBytes;
      this.#finish(endNs);
    }
  }

  #ready(endNs: number): ParseResult {
    if (this.#isStartingUp) {
      this.#isStartingUp = false;
      return undefined;
    }
    const step = this.#steps.first;
    if (!step || step.kind === 'execute') return { lost: 'answer without request' };
    if (step.kind !== 'sync') this.#finish(endNs);
    if (step.kind !== 'query') this.#steps.take();
    return undefined;
  }

  #finish(endNs: number): void {
    const step = this.#steps.take();
    if (!step) return;
    const offsetBytes = step.responseOffsetBytes ?? this.#answerOffsetBytes;
    const response = { offsetBytes, sizeBytes: this.#answerEndBytes - offsetBytes };
    this.#deps.emit(stepFacts(step, this.#database, endNs, response, undefined));
  }
}

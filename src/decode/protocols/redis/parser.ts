import type { MissedReason } from '../../../model/exchange.ts';
import type { ByteStream } from '../../stream/byte-stream.ts';
import type { Direction, ParseResult, ParserDeps, ProtocolParser } from '../../stream/protocol-spec.ts';
import { Pending } from '../lib/pending.ts';
import { commandOf, queryText, type RedisCommand } from './command.ts';
import { RespReader } from './resp.ts';

interface Request {
  readonly startNs: number;
  readonly command: RedisCommand;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Number of the database that SELECT asks for. */
  readonly selects: string | undefined;
  /** Answers still to come: (un)subscribing gives one a channel. */
  answersLeft: number;
  errorType: string | undefined;
}

const SUBSCRIBING = /^[PS]?SUBSCRIBE$/;
const UNSUBSCRIBING = /^[PS]?UNSUBSCRIBE$/;
const CONFIRMATION = /^[ps]?(?:un)?subscribe$/;
const PUBLISHED = /^[ps]?message$/;
const ERROR_WORD = /^[A-Z][A-Z_]{0,31}$/;

export class RedisParser implements ProtocolParser {
  readonly #deps: ParserDeps;
  readonly #pending = new Pending<Request>();
  readonly #requests = new RespReader(3);
  readonly #answers = new RespReader(1);
  #database = '';
  #isListening = false;

  constructor(deps: ParserDeps) {
    this.#deps = deps;
  }

  parse(direction: Direction, stream: ByteStream): ParseResult {
    const reader = direction === 'request' ? this.#requests : this.#answers;
    for (;;) {
      const state = reader.read(stream);
      if (state === 'more') return undefined;
      if (state === 'bad') return { lost: 'not understood' };
      const result = direction === 'request' ? this.#request(stream) : this.#answer(stream);
      if (result !== undefined) return result;
    }
  }

  end(reason: MissedReason, timeNs: number): void {
    for (const request of this.#pending.takeAll()) this.#emit(request, timeNs, undefined, reason);
  }

  #request(stream: ByteStream): ParseResult {
    const { type, texts, elementCount, startNs, offsetBytes } = this.#requests;
    if (type !== '*' || elementCount < 1) return { lost: 'not understood' };
    const command = commandOf(texts, elementCount);
    const mode = command.name === 'CLIENT REPLY' ? texts[2]?.toUpperCase() : undefined;
    if (mode === 'OFF' || mode === 'SKIP') return { lost: 'replies switched off' };
    if (SUBSCRIBING.test(command.name) || command.name === 'MONITOR') this.#isListening = true;
    const isPerChannel = SUBSCRIBING.test(command.name) || UNSUBSCRIBING.test(command.name);
    const isAdded = this.#pending.add({
      startNs,
      command,
      offsetBytes,
      sizeBytes: stream.offsetBytes - offsetBytes,
      selects: command.name === 'SELECT' && /^\d{1,5}$/.test(texts[1] ?? '') ? texts[1] : undefined,
      answersLeft: isPerChannel ? Math.max(1, command.argumentCount) : 1,
      errorType: undefined,
    });
    return isAdded ? undefined : { lost: 'too many pending' };
  }

  #answer(stream: ByteStream): ParseResult {
    const { type, texts, offsetBytes } = this.#answers;
    const request = this.#pending.first;
    const kind = texts[0] ?? '';
    // Published messages and other news answer nothing.
    if (type === '>' && !CONFIRMATION.test(kind)) return undefined;
    if (this.#isListening && type === '*' && PUBLISHED.test(kind)) return undefined;
    if (!request) {
      // What follows MONITOR, or an UNSUBSCRIBE from all channels, comes unasked too.
      return this.#isListening ? undefined : { lost: 'answer without request' };
    }
    if (type === '-' || type === '!') {
      const word = kind.split(' ', 1)[0] ?? '';
      request.errorType = ERROR_WORD.test(word) ? word : '_OTHER';
      request.answersLeft = 1;
    }
    request.answersLeft -= 1;
    if (request.answersLeft > 0) return undefined;
    this.#pending.take();
    if (request.selects !== undefined && request.errorType === undefined) this.#database = request.selects;
    const range = { offsetBytes, sizeBytes: stream.offsetBytes - offsetBytes };
    this.#emit(request, stream.nowNs, range, undefined);
    return undefined;
  }

  #emit(
    request: Request,
    endNs: number,
    response: { offsetBytes: number; sizeBytes: number } | undefined,
    missed: MissedReason | undefined,
  ): void {
    const { command, errorType } = request;
    this.#deps.emit({
      startNs: request.startNs,
      endNs,
      name: command.name,
      status: response === undefined ? 'unknown' : errorType === undefined ? 'ok' : 'failed',
      errorType,
      attributes: {
        'db.system.name': 'redis',
        'db.operation.name': command.name,
        'db.query.text': queryText(command),
        ...(this.#database === '' ? {} : { 'db.namespace': this.#database }),
        ...(errorType === undefined ? {} : { 'db.response.status_code': errorType }),
      },
      traceparent: undefined,
      request: { offsetBytes: request.offsetBytes, sizeBytes: request.sizeBytes },
      response,
      missed,
    });
  }
}

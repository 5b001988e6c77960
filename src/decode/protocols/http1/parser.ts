import type { ByteRange, MissedReason } from '../../../model/exchange.ts';
import type { ByteStream } from '../../stream/byte-stream.ts';
import type { Direction, ParseResult, ParserDeps, ProtocolParser } from '../../stream/protocol-spec.ts';
import { Pending } from '../lib/pending.ts';
import { httpFacts } from './attributes.ts';
import { Body } from './body.ts';
import { type HeadFields, readFields } from './head.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]{1,32}) (\S+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;

export interface HttpRequest {
  readonly startNs: number;
  readonly method: string;
  readonly target: string;
  readonly fields: HeadFields;
  readonly minor: string;
  readonly offsetBytes: number;
  endBytes: number;
}

export interface HttpResponse {
  readonly statusCode: number;
  readonly offsetBytes: number;
}

interface Side {
  body: Body | undefined;
  /** How far the head was searched for its end. */
  searchedBytes: number;
}

export class Http1Parser implements ProtocolParser {
  readonly #deps: ParserDeps;
  readonly #pending = new Pending<HttpRequest>();
  readonly #sides: Record<Direction, Side> = {
    request: { body: undefined, searchedBytes: 0 },
    response: { body: undefined, searchedBytes: 0 },
  };
  #sending: HttpRequest | undefined;
  /** The answer to `#sending`, when it came before the request was whole. */
  #early: { answer: HttpResponse; range: ByteRange; endNs: number } | undefined;
  #answer: HttpResponse | undefined;
  #answerEndBytes = 0;
  #isUntilClose = false;

  constructor(deps: ParserDeps) {
    this.#deps = deps;
  }

  parse(direction: Direction, stream: ByteStream): ParseResult {
    const side = this.#sides[direction];
    for (;;) {
      if (side.body) {
        const state = side.body.read(stream);
        if (state === 'bad') return { lost: 'not understood' };
        if (direction === 'response') this.#answerEndBytes = stream.offsetBytes;
        if (state === 'more') return undefined;
        side.body = undefined;
        if (direction === 'request') this.#finishRequest(stream);
        else this.#finishResponse(stream.offsetBytes, stream.nowNs, undefined);
      }
      if (stream.at === stream.end) return undefined;
      const from = stream.at + Math.max(0, side.searchedBytes - 3);
      const end = stream.bytes.indexOf(HEAD_END, from);
      if (end < 0 || end >= stream.end) {
        side.searchedBytes = stream.sizeBytes;
        return undefined;
      }
      side.searchedBytes = 0;
      const head = stream.bytes.toString('latin1', stream.at, end);
      const result =
        direction === 'request' ? this.#request(head, end + 4, stream) : this.#response(head, end + 4, stream);
      if (result !== undefined) return result;
    }
  }

  end(reason: MissedReason, timeNs: number): void {
    this.#emitEarly('request not whole when answered');
    // A body without a length ends with its connection.
    if (this.#answer) {
      const isWhole = this.#isUntilClose && reason === 'connection ended';
      this.#finishResponse(this.#answerEndBytes, timeNs, isWhole ? undefined : reason);
    }
    for (const request of this.#pending.takeAll())
      this.#deps.emit(httpFacts(request, undefined, undefined, timeNs, reason));
  }

  #emitEarly(missed: MissedReason | undefined): void {
    const early = this.#early;
    this.#early = undefined;
    if (early && this.#sending)
      this.#deps.emit(httpFacts(this.#sending, early.answer, early.range, early.endNs, missed));
  }

  #request(head: string, endIndex: number, stream: ByteStream): ParseResult {
    const lineEnd = head.indexOf('\r\n');
    const line = lineEnd < 0 ? head : head.slice(0, lineEnd);
    const [, method, target, minor] = REQUEST_LINE.exec(line) ?? [];
    const fields = lineEnd < 0 ? readFields('', 0) : readFields(head, lineEnd + 2);
    if (method === undefined || target === undefined || minor === undefined || !fields)
      return { lost: 'not understood' };
    const request: HttpRequest = {
      startNs: stream.atNs,
      method,
      target,
      fields,
      minor,
      offsetBytes: stream.offsetBytes,
      endBytes: 0,
    };
    stream.at = endIndex;
    request.endBytes = stream.offsetBytes;
    if (!this.#pending.add(request)) return { lost: 'too many pending' };
    const side = this.#sides.request;
    if (fields.isChunked) side.body = new Body('chunked', 0, stream);
    else if ((fields.contentLengthBytes ?? 0) > 0)
      side.body = new Body('length', fields.contentLengthBytes ?? 0, stream);
    this.#sending = side.body ? request : undefined;
    return undefined;
  }

  #finishRequest(stream: ByteStream): void {
    if (this.#sending) this.#sending.endBytes = stream.offsetBytes;
    this.#emitEarly(undefined);
    this.#sending = undefined;
  }

  #response(head: string, endIndex: number, stream: ByteStream): ParseResult {
    const lineEnd = head.indexOf('\r\n');
    const [, , code] = STATUS_LINE.exec(lineEnd < 0 ? head : head.slice(0, lineEnd)) ?? [];
    const fields = lineEnd < 0 ? readFields('', 0) : readFields(head, lineEnd + 2);
    if (code === undefined || !fields) return { lost: 'not understood' };
    const request = this.#pending.first;
    if (!request) return { lost: 'answer without request' };
    const statusCode = Number(code);
    const offsetBytes = stream.offsetBytes;
    stream.at = endIndex;
    // Interim answers (100, 103): the final one follows.
    if (statusCode < 200 && statusCode !== 101) return undefined;
    this.#answer = { statusCode, offsetBytes };
    this.#answerEndBytes = stream.offsetBytes;
    const isTunnel = request.method === 'CONNECT' && statusCode < 300;
    if (statusCode === 101 || isTunnel) {
      this.#finishResponse(stream.offsetBytes, stream.nowNs, undefined);
      return statusCode === 101 ? 'opaque' : 'switched';
    }
    if (request.method === 'HEAD' || statusCode === 204 || statusCode === 304) {
      this.#finishResponse(stream.offsetBytes, stream.nowNs, undefined);
      return undefined;
    }
    this.#isUntilClose = !fields.isChunked && fields.contentLengthBytes === undefined;
    const kind = fields.isChunked ? 'chunked' : this.#isUntilClose ? 'until-close' : 'length';
    this.#sides.response.body = new Body(kind, fields.contentLengthBytes ?? 0, stream);
    return undefined;
  }

  #finishResponse(endBytes: number, endNs: number, missed: MissedReason | undefined): void {
    const request = this.#pending.take();
    const answer = this.#answer;
    this.#answer = undefined;
    this.#isUntilClose = false;
    if (!request || !answer) return;
    const range: ByteRange = { offsetBytes: answer.offsetBytes, sizeBytes: endBytes - answer.offsetBytes };
    // An early answer waits, so that the request's size is right.
    if (this.#sending === request && missed === undefined) this.#early = { answer, range, endNs };
    else this.#deps.emit(httpFacts(request, answer, range, endNs, missed));
  }
}

import type { ByteRange, ExchangeStatus, MissedReason } from '../../../model/exchange.ts';
import type { ByteStream } from '../../stream/byte-stream.ts';
import type { Direction, ParseResult, ParserDeps, ProtocolParser } from '../../stream/protocol-spec.ts';
import { type DnsMessage, readMessage } from './message.ts';

const PENDING_LIMIT = 1024;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

interface Query {
  readonly startNs: number;
  readonly message: DnsMessage;
  readonly range: ByteRange;
}

export class DnsParser implements ProtocolParser {
  readonly #deps: ParserDeps;
  /** By id and question; a query sent again is the same lookup. */
  readonly #pending = new Map<string, Query>();

  constructor(deps: ParserDeps) {
    this.#deps = deps;
  }

  parse(direction: Direction, stream: ByteStream): ParseResult {
    if (this.#deps.transport === 'udp') return this.#message(direction, stream, stream.sizeBytes);
    while (stream.sizeBytes >= 2) {
      const sizeBytes = stream.bytes.readUInt16BE(stream.at);
      if (stream.sizeBytes < 2 + sizeBytes) return undefined;
      const result = this.#message(direction, stream, 2 + sizeBytes);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  end(reason: MissedReason, timeNs: number): void {
    for (const query of this.#pending.values()) this.#emit(query, undefined, undefined, timeNs, reason);
    this.#pending.clear();
  }

  #message(direction: Direction, stream: ByteStream, sizeBytes: number): ParseResult {
    const prefixBytes = this.#deps.transport === 'udp' ? 0 : 2;
    const message = readMessage(stream.bytes.subarray(stream.at + prefixBytes, stream.at + sizeBytes));
    const range: ByteRange = { offsetBytes: stream.offsetBytes, sizeBytes };
    const startNs = stream.atNs;
    stream.at += sizeBytes;
    if (!message || message.isResponse !== (direction === 'response')) return { lost: 'not understood' };
    const key = `${message.requestId} ${message.questionType} ${message.questionName}`;
    const query = this.#pending.get(key);
    if (direction === 'request') {
      if (query) return undefined;
      if (this.#pending.size >= PENDING_LIMIT) return { lost: 'too many pending' };
      this.#pending.set(key, { startNs, message, range });
      return undefined;
    }
    // An answer that came twice, or whose question was before the capture.
    if (!query) return undefined;
    this.#pending.delete(key);
    this.#emit(query, message, range, stream.nowNs, undefined);
    return undefined;
  }

  #emit(
    query: Query,
    answer: DnsMessage | undefined,
    response: ByteRange | undefined,
    endNs: number,
    missed: MissedReason | undefined,
  ): void {
    const { questionName, questionType } = query.message;
    const rcode = answer?.rcode ?? 0;
    const status: ExchangeStatus = !answer ? 'unknown' : rcode === 0 ? 'ok' : rcode === 3 ? 'refused' : 'failed';
    this.#deps.emit({
      startNs: query.startNs,
      endNs,
      name: `DNS ${questionType}`,
      status,
      errorType: rcode === 0 ? undefined : (RCODES[rcode] ?? `RCODE${rcode}`),
      attributes: { 'dns.question.name': questionName },
      traceparent: undefined,
      request: query.range,
      response,
      missed,
    });
  }
}

import type { MissedReason } from '../../../model/exchange.ts';
import type { ByteStream } from '../../stream/byte-stream.ts';
import type { Direction, ParseResult, ParserDeps, ProtocolParser } from '../../stream/protocol-spec.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { Pending } from '../lib/pending.ts';
import { describeSql, type SqlFacts } from '../lib/sql.ts';
import { COMMANDS, type Command, commandFacts, UNANSWERED } from './command.ts';
import { readLogin } from './login.ts';
import { nextPacket, PACKET_MOST_BYTES, type Packet } from './packet.ts';
import { ResultReader } from './result.ts';

const STATEMENT_LIMIT = 512;
const PREPARE = 22;
const EXECUTE = 23;

export class MysqlParser implements ProtocolParser {
  readonly #deps: ParserDeps;
  readonly #commands = new Pending<Command>();
  readonly #statements = new BoundedMap<number, SqlFacts>(STATEMENT_LIMIT);
  readonly #result = new ResultReader();
  /** From the greeting to the server's OK. */
  #isLoggingIn = false;
  #hasLoginPacket = false;
  #database: string | undefined;
  #responseOffsetBytes: number | undefined;
  /** A packet of the most bytes goes on in the next one. */
  #goesOn: Record<Direction, boolean> = { request: false, response: false };

  constructor(deps: ParserDeps) {
    this.#deps = deps;
  }

  parse(direction: Direction, stream: ByteStream): ParseResult {
    for (;;) {
      const packet = nextPacket(stream);
      if (!packet) return undefined;
      const isRest = this.#goesOn[direction];
      this.#goesOn[direction] = packet.payloadBytes === PACKET_MOST_BYTES;
      if (isRest) continue;
      const result = direction === 'request' ? this.#request(packet) : this.#response(packet, stream);
      if (result !== undefined) return result;
    }
  }

  end(reason: MissedReason, timeNs: number): void {
    for (const command of this.#commands.takeAll())
      this.#deps.emit(commandFacts(command, this.#database, timeNs, undefined, undefined, reason));
  }

  #request(packet: Packet): ParseResult {
    const { bytes, sequence } = packet;
    if (this.#isLoggingIn) {
      if (this.#hasLoginPacket) return undefined;
      this.#hasLoginPacket = true;
      const login = readLogin(bytes);
      this.#database = login.database;
      if (login.isEncrypting) return 'switched';
      return login.isCompressed ? { lost: 'compressed' } : undefined;
    }
    const code = bytes[0];
    // Other numbers carry on with a command: a file's content, for one.
    if (sequence !== 0 || code === undefined || UNANSWERED.has(code)) return undefined;
    if (!(code in COMMANDS)) return { lost: 'not understood' };
    const isAdded = this.#commands.add({
      code,
      startNs: packet.startNs,
      offsetBytes: packet.offsetBytes,
      sizeBytes: packet.payloadBytes + 4,
      sql: this.#sqlOf(code, bytes),
      database: code === 2 ? bytes.toString('utf8', 1, 65) : undefined,
    });
    return isAdded ? undefined : { lost: 'too many pending' };
  }

  #sqlOf(code: number, bytes: Buffer): SqlFacts | undefined {
    if (code === 3 || code === PREPARE) return describeSql(bytes.toString('utf8', 1), 'mysql');
    return code === EXECUTE && bytes.length >= 5 ? this.#statements.get(bytes.readUInt32LE(1)) : undefined;
  }

  #response(packet: Packet, stream: ByteStream): ParseResult {
    const { bytes, sequence } = packet;
    const first = bytes[0];
    if (sequence === 0 && first === 10 && this.#commands.count === 0) {
      this.#isLoggingIn = true;
      return undefined;
    }
    if (this.#isLoggingIn) {
      if (first === 0 || first === 0xff) this.#isLoggingIn = false;
      return undefined;
    }
    const command = this.#commands.first;
    if (this.#responseOffsetBytes === undefined) {
      // An answer begins with 1; anything else is the tail of the one before.
      if (sequence !== 1) return command || first === 0xfe ? undefined : { lost: 'answer without request' };
      if (!command) return { lost: 'answer without request' };
      this.#responseOffsetBytes = packet.offsetBytes;
      this.#result.begin(command.code);
    }
    if (!command || !this.#result.read(packet)) return undefined;
    this.#finish(command, stream.offsetBytes, stream.nowNs);
    return undefined;
  }

  #finish(command: Command, endBytes: number, endNs: number): void {
    const { errorType, statementId } = this.#result;
    this.#commands.take();
    if (errorType === undefined) {
      this.#database = command.database ?? this.#database;
      if (statementId !== undefined && command.sql) this.#statements.set(statementId, command.sql);
    }
    const offsetBytes = this.#responseOffsetBytes ?? 0;
    this.#responseOffsetBytes = undefined;
    const response = { offsetBytes, sizeBytes: endBytes - offsetBytes };
    this.#deps.emit(commandFacts(command, this.#database, endNs, response, errorType, undefined));
  }
}

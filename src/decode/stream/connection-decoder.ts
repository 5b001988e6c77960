import type { Endpoint, Exchange, ExchangeFacts, MissedReason } from '../../model/exchange.ts';
import { ByteStream } from './byte-stream.ts';
import { detect, SNIFF_LIMIT_BYTES } from './detector.ts';
import type { Direction, ParseResult, ProtocolParser, ProtocolSpec, Transport } from './protocol-spec.ts';

/** Times that the start of a message is looked for in a connection whose beginning was not seen. */
const JOIN_ATTEMPTS = 64;
const BOTH: readonly Direction[] = ['request', 'response'];

/** Which end of the connection sent a chunk; a is the client unless content says otherwise. */
export type Side = 'a' | 'b';

export interface ConnectionDeps {
  readonly specs: readonly ProtocolSpec[];
  readonly transport: Transport;
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** Whether the connection's first bytes are seen; then `a` is known to be the client. */
  readonly hasBeginning: boolean;
  readonly emit: (exchange: Exchange) => void;
  readonly onMissed: (protocol: string | undefined, reason: MissedReason) => void;
}

interface Held {
  readonly side: Side;
  readonly chunk: Buffer;
  readonly timeNs: number;
}

/**
 * Sniffs, parses, and takes up again after a loss. After one, nothing is decoded until a client's chunk
 * follows a server's (or silence) and begins like a request: what lies between can't be paired for sure.
 */
export class ConnectionDecoder {
  /** The last protocol that claimed the connection. */
  protocol: string | undefined;
  readonly #deps: ConnectionDeps;
  #state: 'sniffing' | 'parsing' | 'lost' | 'opaque' = 'sniffing';
  #client: Side = 'a';
  #spec: ProtocolSpec | undefined;
  #parser: ProtocolParser | undefined;
  #streams: Record<Side, ByteStream> = { a: new ByteStream(), b: new ByteStream() };
  #held: Held[] = [];
  #heldBytes: Record<Side, number> = { a: 0, b: 0 };
  #attempts = 0;
  #lastSide: Side | undefined;
  #isJoining: boolean;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#isJoining = !deps.hasBeginning;
  }

  push(side: Side, chunk: Buffer, timeNs: number): void {
    if (chunk.length === 0) return;
    const isTurn = this.#lastSide !== side;
    this.#lastSide = side;
    switch (this.#state) {
      case 'parsing':
        this.#feed(side, chunk, timeNs);
        break;
      case 'sniffing':
        this.#sniff(side, chunk, timeNs, isTurn);
        break;
      case 'lost':
        this.#resume(side, chunk, timeNs, isTurn);
        break;
      case 'opaque':
        this.#pass(side, chunk, timeNs);
        break;
    }
  }

  gap(side: Side, sizeBytes: number, timeNs: number): void {
    const isAbsorbed = this.#streams[side].absorbGap(sizeBytes, timeNs);
    if (this.#state === 'parsing' && !isAbsorbed) this.#lose('capture gap', timeNs);
    else if (this.#state === 'sniffing') {
      this.#passHeld();
      this.#isJoining = true;
    }
    this.#lastSide = undefined;
  }

  close(reason: MissedReason, timeNs: number): void {
    this.#parser?.end(reason, timeNs);
    this.#parser = undefined;
    this.#state = 'opaque';
    this.#held = [];
  }

  #sniff(side: Side, chunk: Buffer, timeNs: number, isTurn: boolean): void {
    if (this.#isJoining && isTurn) {
      // Only what begins here can be a message's beginning.
      this.#passHeld();
      this.#attempts += 1;
      if (this.#attempts > JOIN_ATTEMPTS) this.#state = 'opaque';
    }
    // A chunk may lie in a buffer that is used again.
    this.#held.push({ side, chunk: Buffer.from(chunk), timeNs });
    this.#heldBytes[side] += chunk.length;
    const bytes = Buffer.concat(this.#held.filter((held) => held.side === side).map((held) => held.chunk));
    const found = detect(this.#deps.specs, bytes, this.#directionsOf(side), this.#deps.transport);
    if (found === undefined) return;
    if (found === 'nobody') {
      if (this.#isJoining) this.#passHeld();
      else if (this.#heldBytes.a > 0 && this.#heldBytes.b > 0) {
        this.#passHeld();
        this.#state = 'opaque';
      } else if (this.#heldBytes[side] > SNIFF_LIMIT_BYTES) {
        // The other end may still speak up, as servers that greet do; its own bytes are enough then.
        this.#passHeld();
        this.#isJoining = true;
      }
      return;
    }
    this.#client = (found.direction === 'request') === (side === 'a') ? 'a' : 'b';
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = { a: 0, b: 0 };
    this.#start(found.spec);
    for (const each of held) {
      if (this.#state === 'parsing') this.#feed(each.side, each.chunk, each.timeNs);
      else this.#pass(each.side, each.chunk, each.timeNs);
    }
  }

  /** A known client sends requests; of an unknown pair either may. */
  #directionsOf(side: Side): readonly Direction[] {
    if (this.#deps.hasBeginning || this.#spec) return [side === this.#client ? 'request' : 'response'];
    return BOTH;
  }

  #start(spec: ProtocolSpec): void {
    this.#spec = spec;
    this.protocol = spec.name;
    this.#state = 'parsing';
    this.#parser = spec.createParser({ transport: this.#deps.transport, emit: (facts) => this.#emit(spec, facts) });
  }

  #feed(side: Side, chunk: Buffer, timeNs: number): void {
    const { transport } = this.#deps;
    const stream = this.#streams[side];
    stream.push(chunk, timeNs);
    const result = this.#parser?.parse(side === this.#client ? 'request' : 'response', stream);
    if (result !== undefined) this.#leave(result, side, timeNs);
    else if (transport === 'udp') stream.clear();
    else if (!stream.hold(this.#spec?.limitBytes ?? 0)) this.#lose('message too long', timeNs);
  }

  #leave(result: NonNullable<ParseResult>, side: Side, timeNs: number): void {
    if (typeof result === 'object') {
      this.#lose(result.lost, timeNs);
      return;
    }
    this.#parser = undefined;
    this.#state = result === 'opaque' ? 'opaque' : 'sniffing';
    this.#isJoining = false;
    const rest = this.#streams[side].takeRest();
    for (const each of [this.#streams.a, this.#streams.b]) {
      each.clear();
      each.hold(0);
    }
    // What came with the last message of the old protocol is the first of the new one.
    if (rest.length > 0 && result === 'switched') this.#sniff(side, rest, timeNs, true);
  }

  #lose(reason: MissedReason, timeNs: number): void {
    this.#deps.onMissed(this.protocol, reason);
    this.#parser?.end(reason, timeNs);
    this.#parser = undefined;
    for (const stream of [this.#streams.a, this.#streams.b]) {
      stream.clear();
      stream.hold(0);
    }
    this.#state = 'lost';
  }

  #resume(side: Side, chunk: Buffer, timeNs: number, isTurn: boolean): void {
    const spec = this.#spec;
    const isStart =
      isTurn && side === this.#client && spec?.looksLike(chunk, 'request', this.#deps.transport) === 'yes';
    if (spec && (isStart || this.#deps.transport === 'udp')) {
      this.#start(spec);
      this.#feed(side, chunk, timeNs);
    } else this.#pass(side, chunk, timeNs);
  }

  #passHeld(): void {
    for (const { side, chunk, timeNs } of this.#held) this.#pass(side, chunk, timeNs);
    this.#held = [];
    this.#heldBytes = { a: 0, b: 0 };
  }

  /** Counts bytes that nobody reads, so that offsets stay right. */
  #pass(side: Side, chunk: Buffer, timeNs: number): void {
    const stream = this.#streams[side];
    stream.push(chunk, timeNs);
    stream.clear();
    stream.hold(0);
  }

  #emit(spec: ProtocolSpec, facts: ExchangeFacts): void {
    const { a, b } = this.#deps;
    const isA = this.#client === 'a';
    this.#deps.emit({ protocol: spec.name, client: isA ? a : b, server: isA ? b : a, ...facts });
  }
}

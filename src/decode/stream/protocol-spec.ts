import type { ExchangeFacts, MissedReason } from '../../model/exchange.ts';
import type { ByteStream } from './byte-stream.ts';

/** `request`: towards the server. */
export type Direction = 'request' | 'response';
export type Transport = 'tcp' | 'udp';

/** `maybe`: the bytes so far fit, more are needed. */
export type Likeness = 'yes' | 'maybe' | 'no';

export interface ParserDeps {
  readonly transport: Transport;
  readonly emit: (facts: ExchangeFacts) => void;
}

/**
 * `lost`: out of step, the connection is taken up again where a request begins. `switched`: from here on
 * another protocol speaks. `opaque`: from here on nobody can read it.
 */
export type ParseResult = undefined | { readonly lost: MissedReason } | 'switched' | 'opaque';

export interface ProtocolParser {
  /** Consumes every whole message of the stream and leaves the rest; how the bytes were split must not matter. */
  parse(direction: Direction, stream: ByteStream): ParseResult;
  /** Emits what is still without an answer. */
  end(reason: MissedReason, timeNs: number): void;
}

/** One protocol: a folder with this spec, and one line in `protocols/registry.ts`. */
export interface ProtocolSpec {
  readonly name: string;
  readonly transports: readonly Transport[];
  /** Hints which end is the server when the beginning was not seen; never proof. */
  readonly ports: readonly number[];
  /** Most bytes held in a direction for a message that is not whole yet. */
  readonly limitBytes: number;
  /** Whether a connection, or a message in its middle, begins like this. */
  looksLike(bytes: Buffer, direction: Direction, transport: Transport): Likeness;
  createParser(deps: ParserDeps): ProtocolParser;
}

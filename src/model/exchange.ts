/** What a request may say about itself: names by the semantic conventions, never a key, a body or a literal. */
export type ExchangeAttributes = Readonly<Record<string, string | number>>;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a message's bytes lie in its direction of the connection, counted from the connection's first byte. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * `refused`: the server found fault with the request (HTTP 4xx, NXDOMAIN), an error at the client only.
 * `failed`: an error at both ends. `unknown`: the answer was not seen.
 */
export type ExchangeStatus = 'ok' | 'refused' | 'failed' | 'unknown';

/** Why an exchange, or a piece of a connection, was not seen whole. Counted, never guessed. */
export type MissedReason =
  | 'capture gap'
  | 'connection ended'
  | 'connection evicted'
  | 'not understood'
  | 'message too long'
  | 'too many pending'
  | 'answer without request'
  | 'request not whole when answered'
  | 'replies switched off'
  | 'compressed';

/** One request with its response, as a protocol's parser tells it. */
export interface ExchangeFacts {
  /** First byte of the request, last byte of the response; nanoseconds of the capture's clock. */
  readonly startNs: number;
  readonly endNs: number;
  /** Low cardinality, fit for a span's name. */
  readonly name: string;
  readonly status: ExchangeStatus;
  readonly errorType: string | undefined;
  readonly attributes: ExchangeAttributes;
  /** The caller's trace context, when the request carried one. */
  readonly traceparent: string | undefined;
  readonly request: ByteRange;
  readonly response: ByteRange | undefined;
  /** Undefined when both messages were seen whole. */
  readonly missed: MissedReason | undefined;
}

export interface Exchange extends ExchangeFacts {
  readonly protocol: string;
  readonly client: Endpoint;
  readonly server: Endpoint;
}

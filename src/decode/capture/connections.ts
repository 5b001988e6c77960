import type { Endpoint, Exchange } from '../../model/exchange.ts';
import { ConnectionDecoder, type Side } from '../stream/connection-decoder.ts';
import type { ProtocolSpec, Transport } from '../stream/protocol-spec.ts';
import type { CaptureSummary } from './summary.ts';
import { ACK, SYN, TcpConnection, type TcpSegment } from './tcp-connection.ts';

const CONNECTION_LIMIT = 65_536;

interface Entry {
  readonly key: string;
  readonly transport: Transport;
  /** Which end was seen to send is told by comparing with a's key. */
  readonly a: Endpoint;
  readonly b: Endpoint;
  readonly aKey: string;
  readonly tcp: TcpConnection | undefined;
  readonly decoder: ConnectionDecoder;
  lastNs: number;
  sizeBytes: number;
  isClosed: boolean;
}

export interface ConnectionsDeps {
  readonly specs: readonly ProtocolSpec[];
  readonly summary: CaptureSummary;
  readonly emit: (exchange: Exchange) => void;
}

/** All connections of a capture, at most 65,536 at a time; the one idle longest makes room. */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #ports: ReadonlySet<number>;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    this.#ports = new Set(deps.specs.flatMap((spec) => spec.ports));
  }

  tcp(from: Endpoint, to: Endpoint, segment: TcpSegment, timeNs: number): void {
    const fromKey = `${from.address} ${from.port}`;
    const key = keyOf('tcp', fromKey, `${to.address} ${to.port}`);
    const isSyn = (segment.flags & SYN) !== 0;
    let entry = this.#entries.get(key);
    if (entry && isSyn && !(segment.flags & ACK)) {
      if (entry.tcp?.isAnother(entry.aKey === fromKey ? 'a' : 'b', segment.seq)) {
        this.#remove(entry, 'connection ended');
        entry = undefined;
      }
    }
    if (!entry) {
      // A SYN comes from the client, its acknowledgement from the server.
      const isFromClient = isSyn ? (segment.flags & ACK) === 0 : !this.#isServer(from, to);
      entry = this.#open(key, 'tcp', isFromClient ? from : to, isFromClient ? to : from, isSyn, timeNs);
    } else this.#touch(entry);
    entry.lastNs = timeNs;
    entry.sizeBytes += segment.sizeBytes;
    entry.tcp?.segment(entry.aKey === fromKey ? 'a' : 'b', segment, timeNs);
    if (entry.tcp?.isOver && !entry.tcp.isWaiting) this.#close(entry, 'connection ended');
  }

  udp(from: Endpoint, to: Endpoint, bytes: Buffer, sizeBytes: number, timeNs: number): void {
    const fromKey = `${from.address} ${from.port}`;
    const key = keyOf('udp', fromKey, `${to.address} ${to.port}`);
    let entry = this.#entries.get(key);
    if (entry) this.#touch(entry);
    else {
      const isFromClient = !this.#isServer(from, to);
      entry = this.#open(key, 'udp', isFromClient ? from : to, isFromClient ? to : from, false, timeNs);
    }
    entry.lastNs = timeNs;
    entry.sizeBytes += sizeBytes;
    const side: Side = entry.aKey === fromKey ? 'a' : 'b';
    if (bytes.length === sizeBytes) entry.decoder.push(side, bytes, timeNs);
    else entry.decoder.gap(side, sizeBytes, timeNs);
  }

  close(): void {
    for (const entry of [...this.#entries.values()]) this.#remove(entry, 'connection ended');
  }

  /** Only a guess, for connections whose beginning was not seen; content overrules it. */
  #isServer(end: Endpoint, other: Endpoint): boolean {
    const isHinted = this.#ports.has(end.port);
    return isHinted === this.#ports.has(other.port) ? end.port < other.port : isHinted;
  }

  #open(key: string, transport: Transport, a: Endpoint, b: Endpoint, hasBeginning: boolean, timeNs: number): Entry {
    if (this.#entries.size >= CONNECTION_LIMIT) {
      const [oldest] = this.#entries.values();
      if (oldest) this.#remove(oldest, 'connection evicted');
    }
    const { specs, emit, summary } = this.#deps;
    const onMissed = summary.noteMissed.bind(summary);
    const decoder = new ConnectionDecoder({ specs, transport, a, b, hasBeginning, emit, onMissed });
    const aKey = `${a.address} ${a.port}`;
    const tcp = transport === 'tcp' ? new TcpConnection(decoder) : undefined;
    const entry: Entry = { key, transport, a, b, aKey, tcp, decoder, lastNs: timeNs, sizeBytes: 0, isClosed: false };
    this.#entries.set(key, entry);
    summary.connectionCount += 1;
    return entry;
  }

  /** Keeps the order of use. */
  #touch(entry: Entry): void {
    if (this.#entries.size < CONNECTION_LIMIT / 2) return;
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  #close(entry: Entry, reason: 'connection ended' | 'connection evicted'): void {
    if (entry.isClosed) return;
    entry.isClosed = true;
    if (entry.tcp) entry.tcp.close(reason, entry.lastNs);
    else entry.decoder.close(reason, entry.lastNs);
    if (entry.decoder.protocol === undefined && entry.sizeBytes > 0)
      this.#deps.summary.noteUnknown(entry.transport, entry.b.port, entry.sizeBytes);
  }

  #remove(entry: Entry, reason: 'connection ended' | 'connection evicted'): void {
    this.#close(entry, reason);
    this.#entries.delete(entry.key);
  }
}

const keyOf = (transport: Transport, left: string, right: string): string =>
  left < right ? `${transport} ${left} ${right}` : `${transport} ${right} ${left}`;

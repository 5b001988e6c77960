import type { HalfFlow } from '../../model/flow.ts';
import type { Endpoints } from '../../model/network.ts';
import { reversed } from '../nat/endpoints.ts';
import { HashIndex, hashEndpoints, hashPair } from '../nat/hash-index.ts';
import { type HalfState, isFingerprintEqual, isPacketOf, isTogether } from './half-state.ts';

/** All half flows held: by id, by (namespace, complete tuple), by fingerprint, by process. */
export class Halves {
  readonly #byId = new Map<number, HalfState>();
  readonly #byTuple = new HashIndex<HalfState>();
  readonly #byFingerprint = new HashIndex<HalfState>();
  /** Of processes outside containers: one of them may be a proxy. */
  readonly #byProcess = new Map<number, Set<HalfState>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** False: there is no room. */
  add(state: HalfState): boolean {
    if (this.#byId.size >= this.#limit) return false;
    this.#byId.set(state.half.id, state);
    this.#byTuple.add(tupleHash(state), state);
    if (state.half.fingerprint) this.#byFingerprint.add(fingerprintHash(state.half), state);
    const { pid, container } = state.half;
    if (pid !== undefined && container === undefined) {
      const known = this.#byProcess.get(pid);
      if (known === undefined) this.#byProcess.set(pid, new Set([state]));
      else known.add(state);
    }
    return true;
  }

  get(half: HalfFlow): HalfState | undefined {
    return this.#byId.get(half.id);
  }

  /** Its fingerprint became known; `false` when it was indexed before. */
  fingerprinted(state: HalfState): void {
    const hash = fingerprintHash(state.half);
    if (!this.#byFingerprint.get(hash).includes(state)) this.#byFingerprint.add(hash, state);
  }

  remove(state: HalfState): void {
    this.#byId.delete(state.half.id);
    this.#byTuple.remove(tupleHash(state), state);
    if (state.half.fingerprint) this.#byFingerprint.remove(fingerprintHash(state.half), state);
    const known = this.#byProcess.get(state.half.pid ?? 0);
    known?.delete(state);
    if (known?.size === 0) this.#byProcess.delete(state.half.pid ?? 0);
  }

  ofProcess(pid: number): Iterable<HalfState> {
    return this.#byProcess.get(pid) ?? [];
  }

  /** Sockets in a namespace that a packet which arrived there may belong to. */
  receivers(netnsInode: number, packet: Endpoints, sender: HalfState): HalfState[] {
    const { transport } = sender.half.tuple;
    const wanted = reversed(packet);
    const found = this.#at(netnsInode, transport, wanted, sender);
    if (found.length > 0 || transport === 'tcp') return found;
    // An unconnected UDP socket has no address of its own.
    const any = sender.half.tuple.networkType === 'ipv4' ? ['0.0.0.0', '::'] : ['::'];
    return any.flatMap((sourceAddress) => this.#at(netnsInode, transport, { ...wanted, sourceAddress }, sender));
  }

  /** The other end by its sequence numbers, whatever the tables say. */
  sameConnection(state: HalfState): HalfState[] {
    if (state.half.fingerprint === undefined) return [];
    return this.#byFingerprint
      .get(fingerprintHash(state.half))
      .filter(
        (other) => other !== state && isFingerprintEqual(state.half, other.half) && isTogether(state.half, other.half),
      )
      .filter((other) => other.half.role !== state.half.role || isMirrored(state, other));
  }

  all(): Iterable<HalfState> {
    return this.#byId.values();
  }

  #at(netnsInode: number, transport: 'tcp' | 'udp', packet: Endpoints, sender: HalfState): HalfState[] {
    return this.#byTuple
      .get(hashEndpoints(netnsInode, transport, packet))
      .filter(
        (state) => state !== sender && state.half.netnsInode === netnsInode && state.half.tuple.transport === transport,
      )
      .filter((state) => isPacketOf(state, packet) && isTogether(state.half, sender.half))
      .filter((state) => isFingerprintEqual(state.half, sender.half) !== false);
  }
}

const isMirrored = (a: HalfState, b: HalfState): boolean => isPacketOf(a, reversed(b.packet));

function tupleHash({ half, packet }: HalfState): number {
  return hashEndpoints(half.netnsInode, half.tuple.transport, packet);
}

function fingerprintHash({ fingerprint }: HalfFlow): number {
  return fingerprint === undefined ? 0 : hashPair(fingerprint.clientIsn, fingerprint.serverIsn);
}

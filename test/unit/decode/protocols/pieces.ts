import { openFile } from '../../../../src/decode/capture/file-reader.ts';
import { readIp } from '../../../../src/decode/capture/ip.ts';
import { ipPacketOf } from '../../../../src/decode/capture/link.ts';
import { readPackets } from '../../../../src/decode/capture/packet-source.ts';
import { readTcp } from '../../../../src/decode/capture/tcp-connection.ts';
import { PROTOCOLS } from '../../../../src/decode/protocols/registry.ts';
import { ConnectionDecoder, type Side } from '../../../../src/decode/stream/connection-decoder.ts';
import type { ProtocolSpec } from '../../../../src/decode/stream/protocol-spec.ts';
import type { Exchange, MissedReason } from '../../../../src/model/exchange.ts';

/** What one end sent before the other spoke; the unit that a property test splits at will. */
export interface Piece {
  readonly side: Side;
  readonly bytes: Buffer;
}

/** The TCP conversations of a recording, as turns. Recordings on loopback are in order. */
export function conversations(path: string): readonly (readonly Piece[])[] {
  const byKey = new Map<string, { client: string; pieces: Piece[]; nextSeqs: Map<string, number> }>();
  const file = openFile(path);
  readPackets(file, path, ({ linkType, bytes }) => {
    const packet = ipPacketOf(linkType, bytes);
    const payload = packet && readIp(packet);
    const segment = payload?.protocol === 6 ? readTcp(payload.bytes, payload.sizeBytes) : undefined;
    if (!payload || !segment) return;
    const [from, to] = segment.ports.map(String) as [string, string];
    const key = [from, to].toSorted().join();
    let each = byKey.get(key);
    if (!each) {
      each = { client: from, pieces: [], nextSeqs: new Map() };
      byKey.set(key, each);
    }
    if (segment.sizeBytes === 0) return;
    const next = each.nextSeqs.get(from);
    if (next !== undefined && segment.seq !== next) throw new Error(`${path} is not in order`);
    each.nextSeqs.set(from, (segment.seq + segment.sizeBytes) >>> 0);
    const side: Side = from === each.client ? 'a' : 'b';
    const last = each.pieces.at(-1);
    if (last?.side === side)
      each.pieces[each.pieces.length - 1] = { side, bytes: Buffer.concat([last.bytes, segment.bytes]) };
    else each.pieces.push({ side, bytes: Buffer.from(segment.bytes) });
  });
  file.close();
  return [...byKey.values()].map(({ pieces }) => pieces).filter((pieces) => pieces.length > 0);
}

export interface Decoded {
  readonly exchanges: Exchange[];
  readonly missed: string[];
  readonly decoder: ConnectionDecoder;
}

export function newConnection(hasBeginning = true, specs: readonly ProtocolSpec[] = PROTOCOLS): Decoded {
  const exchanges: Exchange[] = [];
  const missed: string[] = [];
  const decoder = new ConnectionDecoder({
    specs,
    transport: 'tcp',
    a: { address: '10.0.0.1', port: 40_000 },
    b: { address: '10.0.0.2', port: 4_000 },
    hasBeginning,
    emit: (exchange) => exchanges.push(exchange),
    onMissed: (protocol: string | undefined, reason: MissedReason) => missed.push(`${protocol} ${reason}`),
  });
  return { exchanges, missed, decoder };
}

import { SondeError } from '../../errors/sonde-error.ts';
import type { Exchange } from '../../model/exchange.ts';
import type { ProtocolSpec } from '../stream/protocol-spec.ts';
import { Connections } from './connections.ts';
import { openFile } from './file-reader.ts';
import { Fragments } from './fragments.ts';
import { type IpPayload, readIp } from './ip.ts';
import { ipPacketOf, isKnownLink } from './link.ts';
import { type CapturedPacket, readPackets } from './packet-source.ts';
import { CaptureSummary } from './summary.ts';
import { readTcp } from './tcp-connection.ts';

const TCP = 6;
const UDP = 17;
const NS_PER_S = 1e9;

/** `baseS`: seconds since 1970 from which the exchange's nanoseconds count. */
export type OnExchange = (exchange: Exchange, baseS: number) => void;

/** Runs every packet of a capture file through the protocol decoders. */
export function decodeCapture(path: string, specs: readonly ProtocolSpec[], onExchange: OnExchange): CaptureSummary {
  const file = openFile(path);
  const decoder = createPacketDecoder(path, specs, onExchange);
  try {
    readPackets(file, path, decoder.packet);
  } finally {
    file.close();
  }
  return decoder.close();
}

function createPacketDecoder(path: string, specs: readonly ProtocolSpec[], onExchange: OnExchange) {
  const summary = new CaptureSummary();
  const fragments = new Fragments();
  let baseS: number | undefined;
  const connections = new Connections({
    specs,
    summary,
    emit(exchange) {
      summary.exchangeCount += 1;
      onExchange(exchange, baseS ?? 0);
    },
  });

  const transport = (payload: IpPayload, timeNs: number): boolean => {
    const { source, destination, bytes, sizeBytes } = payload;
    if (payload.protocol === TCP) {
      const segment = readTcp(bytes, sizeBytes);
      if (!segment) return false;
      const [from, to] = segment.ports;
      connections.tcp({ address: source, port: from }, { address: destination, port: to }, segment, timeNs);
      return true;
    }
    if (payload.protocol !== UDP || bytes.length < 8) return false;
    const datagramBytes = bytes.readUInt16BE(4);
    if (datagramBytes < 8 || datagramBytes > sizeBytes) return false;
    const from = { address: source, port: bytes.readUInt16BE(0) };
    const to = { address: destination, port: bytes.readUInt16BE(2) };
    connections.udp(from, to, bytes.subarray(8, datagramBytes), datagramBytes - 8, timeNs);
    return true;
  };

  return {
    packet({ linkType, timeS, fractionNs, bytes }: CapturedPacket): void {
      if (!isKnownLink(linkType)) throw new SondeError('SND_DEC_LINK', `${path}: link type ${linkType}`);
      summary.packetCount += 1;
      baseS ??= timeS;
      const timeNs = (timeS - baseS) * NS_PER_S + fractionNs;
      const packet = ipPacketOf(linkType, bytes);
      const piece = packet && readIp(packet);
      const isFragment = piece?.fragment !== undefined;
      const payload = piece && fragments.add(piece, timeNs);
      const isRead = payload ? transport(payload, timeNs) : isFragment;
      if (!isRead) summary.otherPacketCount += 1;
    },
    close(): CaptureSummary {
      connections.close();
      fragments.close();
      summary.lostFragmentCount = fragments.lostCount;
      return summary;
    },
  };
}

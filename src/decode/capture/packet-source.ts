import { SondeError } from '../../errors/sonde-error.ts';
import type { FileReader } from './file-reader.ts';
import { readPcap } from './pcap.ts';
import { readPcapng } from './pcapng.ts';

/** One packet of a capture; `bytes` holds until the next one. */
export interface CapturedPacket {
  readonly linkType: number;
  /** Seconds since 1970 and the nanoseconds beyond: together they exceed what a double holds. */
  readonly timeS: number;
  readonly fractionNs: number;
  readonly bytes: Buffer;
}

const PCAPNG_MAGIC = 0x0a0d0d0a;

/** Hands every packet on. A file cut off in the middle ends there; one that is no capture is refused. */
export function readPackets(file: FileReader, path: string, onPacket: (packet: CapturedPacket) => void): void {
  const magic = file.read(4);
  if (!magic) throw new SondeError('SND_DEC_FORMAT', path);
  if (magic.readUInt32BE(0) === PCAPNG_MAGIC) readPcapng(file, path, onPacket);
  else readPcap(file, magic.readUInt32LE(0), path, onPacket);
}

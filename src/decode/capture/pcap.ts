import { SondeError } from '../../errors/sonde-error.ts';
import type { FileReader } from './file-reader.ts';
import type { CapturedPacket } from './packet-source.ts';

/** More than any link's frame, and than the largest offloaded segment. */
export const PACKET_LIMIT_BYTES = 1024 * 1024;
const FORMS: ReadonlyMap<number, { isLittle: boolean; unitNs: number }> = new Map([
  [0xa1b2c3d4, { isLittle: true, unitNs: 1000 }],
  [0xd4c3b2a1, { isLittle: false, unitNs: 1000 }],
  [0xa1b23c4d, { isLittle: true, unitNs: 1 }],
  [0x4d3cb2a1, { isLittle: false, unitNs: 1 }],
]);

export function readPcap(
  file: FileReader,
  magic: number,
  path: string,
  onPacket: (packet: CapturedPacket) => void,
): void {
  const form = FORMS.get(magic);
  const header = file.read(20);
  if (!form || !header) throw new SondeError('SND_DEC_FORMAT', path);
  const u32 = (bytes: Buffer, at: number): number => (form.isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  // The upper bits tell of a frame check sequence.
  const linkType = u32(header, 16) & 0xffff;
  for (;;) {
    const record = file.read(16);
    if (!record) return;
    const timeS = u32(record, 0);
    const fractionNs = Math.min(u32(record, 4) * form.unitNs, 999_999_999);
    const sizeBytes = u32(record, 8);
    if (sizeBytes > PACKET_LIMIT_BYTES)
      throw new SondeError('SND_DEC_FORMAT', `${path}: a packet of ${sizeBytes} bytes`);
    const bytes = file.read(sizeBytes);
    if (!bytes) return;
    onPacket({ linkType, timeS, fractionNs, bytes });
  }
}

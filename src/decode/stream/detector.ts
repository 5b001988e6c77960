import type { Direction, ProtocolSpec, Transport } from './protocol-spec.ts';

/** Bytes of a direction that are looked at before nobody claims it. */
export const SNIFF_LIMIT_BYTES = 512;

export interface Claim {
  readonly spec: ProtocolSpec;
  readonly direction: Direction;
}

/** `undefined`: more bytes may tell. */
export type Detection = Claim | 'nobody' | undefined;

/** The first spec, in the registry's order, that says yes, but not before those ahead of it have said no. */
export function detect(
  specs: readonly ProtocolSpec[],
  bytes: Buffer,
  directions: readonly Direction[],
  transport: Transport,
): Detection {
  const first = bytes.subarray(0, SNIFF_LIMIT_BYTES);
  for (const spec of specs) {
    if (!spec.transports.includes(transport)) continue;
    for (const direction of directions) {
      const likeness = spec.looksLike(first, direction, transport);
      if (likeness === 'yes') return { spec, direction };
      if (likeness === 'maybe' && bytes.length < SNIFF_LIMIT_BYTES) return undefined;
    }
  }
  return 'nobody';
}

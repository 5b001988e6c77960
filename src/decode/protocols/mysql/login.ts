/** What the client's first packet settles. */
export interface Login {
  readonly isEncrypting: boolean;
  readonly isCompressed: boolean;
  readonly database: string | undefined;
}

const CONNECT_WITH_DB = 0x8;
const COMPRESS = 0x20;
const SSL = 0x800;
const SECURE_CONNECTION = 0x8000;
const LENGTH_ENCODED_AUTH = 0x20_0000;
const ZSTD = 0x400_0000;

export function readLogin(bytes: Buffer): Login {
  const flags = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  return {
    isEncrypting: (flags & SSL) !== 0 && bytes.length <= 32,
    isCompressed: (flags & (COMPRESS | ZSTD)) !== 0,
    database: (flags & CONNECT_WITH_DB) === 0 ? undefined : databaseOf(bytes, flags),
  };
}

function databaseOf(bytes: Buffer, flags: number): string | undefined {
  const userEnd = bytes.indexOf(0, 32);
  if (userEnd < 0) return undefined;
  let at = userEnd + 1;
  if (flags & (SECURE_CONNECTION | LENGTH_ENCODED_AUTH)) at += 1 + (bytes[at] ?? 0);
  else at = bytes.indexOf(0, at) + 1;
  const end = bytes.indexOf(0, at);
  return end > at ? bytes.toString('utf8', at, end) : undefined;
}

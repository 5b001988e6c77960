/** Whole netlink messages in a batch; stops at the first length that cannot be. */
export interface Message {
  readonly type: number;
  /** Start and end of what follows the header. */
  readonly from: number;
  readonly to: number;
}

export const HEADER_BYTES = 16;

export function* messagesIn(bytes: Uint8Array): Generator<Message> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const sizeBytes = view.getUint32(at, true);
    if (sizeBytes < HEADER_BYTES || at + sizeBytes > bytes.length) return;
    yield { type: view.getUint16(at + 4, true), from: at + HEADER_BYTES, to: at + sizeBytes };
    at += (sizeBytes + 3) & ~3;
  }
}

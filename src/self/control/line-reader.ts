/** Cuts a byte stream into lines; a line over the limit is dropped whole, so memory stays bounded. */
export interface LineReader {
  push(chunk: Buffer): void;
}

export function createLineReader(
  limitBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): LineReader {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  let isSkipping = false;

  const append = (piece: Buffer) => {
    if (isSkipping) return;
    sizeBytes += piece.length;
    if (sizeBytes <= limitBytes) {
      parts.push(piece);
      return;
    }
    parts = [];
    isSkipping = true;
    onTooLong();
  };
  const finish = () => {
    const line = isSkipping ? '' : Buffer.concat(parts).toString();
    parts = [];
    sizeBytes = 0;
    isSkipping = false;
    if (line) onLine(line);
  };

  return {
    push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
        append(chunk.subarray(from, end));
        finish();
        from = end + 1;
      }
      if (from < chunk.length) append(chunk.subarray(from));
    },
  };
}

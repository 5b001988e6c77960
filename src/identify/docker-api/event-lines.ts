/** A line longer than this is no container event: labels of one are at most some hundred KiB. */
const MAX_LINE_BYTES = 1_048_576;

/** Splits a stream of JSON lines, bounded: an endless line is skipped up to its end. */
export function createLineSplitter(onLine: (line: string) => void, onSkipped: () => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let sizeBytes = 0;
  let isSkipping = false;

  const add = (piece: Buffer): void => {
    if (isSkipping) return;
    sizeBytes += piece.length;
    if (sizeBytes <= MAX_LINE_BYTES) {
      pieces.push(piece);
      return;
    }
    isSkipping = true;
    pieces = [];
    onSkipped();
  };

  const end = (): void => {
    // Joined before decoding, so that a character cut between two chunks stays whole.
    const line = isSkipping ? '' : Buffer.concat(pieces).toString('utf8').trim();
    pieces = [];
    sizeBytes = 0;
    isSkipping = false;
    if (line !== '') onLine(line);
  };

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  };
}

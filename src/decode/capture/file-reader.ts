import { closeSync, openSync, readSync } from 'node:fs';
import { SondeError } from '../../errors/sonde-error.ts';

const BUFFER_BYTES = 1024 * 1024;

/** Reads a file or a pipe from front to back in bounded memory. What `read` gives holds until the next call. */
export interface FileReader {
  /** Exactly so many bytes; undefined at the end of the file, also when it ends within them. */
  read(sizeBytes: number): Buffer | undefined;
  /** Passes over bytes; false at the end of the file. */
  skip(sizeBytes: number): boolean;
  close(): void;
}

export function openFile(path: string): FileReader {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new SondeError('SND_DEC_FILE', path, { cause });
  }
  let buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  let at = 0;
  let end = 0;
  const fill = (sizeBytes: number): boolean => {
    if (end - at >= sizeBytes) return true;
    const capacityBytes = Math.max(BUFFER_BYTES, sizeBytes);
    const target = capacityBytes > buffer.length ? Buffer.allocUnsafeSlow(capacityBytes) : buffer;
    buffer.copy(target, 0, at, end);
    buffer = target;
    end -= at;
    at = 0;
    while (end < sizeBytes) {
      let readBytes: number;
      try {
        readBytes = readSync(fd, buffer, end, buffer.length - end, null);
      } catch (cause) {
        throw new SondeError('SND_DEC_FILE', path, { cause });
      }
      if (readBytes === 0) return false;
      end += readBytes;
    }
    return true;
  };
  return {
    read(sizeBytes) {
      if (!fill(sizeBytes)) return undefined;
      at += sizeBytes;
      return buffer.subarray(at - sizeBytes, at);
    },
    skip(sizeBytes) {
      let left = sizeBytes;
      while (left > 0) {
        const stepBytes = Math.min(left, BUFFER_BYTES);
        if (!fill(stepBytes)) return false;
        at += stepBytes;
        left -= stepBytes;
      }
      return true;
    },
    close: () => closeSync(fd),
  };
}

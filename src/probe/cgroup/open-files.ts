import { closeSync, openSync, readSync } from 'node:fs';

const BUFFER_BYTES = 65_536;
const HALF_PAGE_BYTES = 2048;

/**
 * Files kept open and read again and again from their start into one buffer: a sample costs one pread a
 * file. Beyond `limit` descriptors, files are opened for each read instead, so that a host with thousands
 * of containers costs time, not the process.
 */
export interface OpenFiles {
  open(path: string): OpenFile;
  readonly openCount: number;
}

export interface OpenFile {
  /** Text of the file; undefined once it is gone, or where this host does not have it. */
  read(): string | undefined;
  close(): void;
}

export function createOpenFiles(limit: number): OpenFiles {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let openCount = 0;

  const readFrom = (fd: number): string => {
    let sizeBytes = readSync(fd, buffer, 0, BUFFER_BYTES, 0);
    // A seq_file gives whole records up to a page a read: below half a page it was the end.
    for (let last = sizeBytes; last >= HALF_PAGE_BYTES && sizeBytes < BUFFER_BYTES; sizeBytes += last) {
      last = readSync(fd, buffer, sizeBytes, BUFFER_BYTES - sizeBytes, sizeBytes);
    }
    // Kernel text files are ASCII except for names, which are cleaned where they are used.
    return buffer.toString('latin1', 0, sizeBytes);
  };

  return {
    get openCount() {
      return openCount;
    },
    open(path) {
      let fd: number | undefined;
      let isGone = false;
      // Opened now, not at the first read: a short-lived container's files are gone by then.
      const keepOpen = (): void => {
        if (openCount >= limit) return;
        fd = openSync(path, 'r');
        openCount++;
      };
      const fail = (error: unknown): void => {
        // Out of descriptors is a state of this process, not of the file: try again next time.
        if (isShortage(error)) return;
        isGone = true;
        close();
      };
      const close = (): void => {
        if (fd === undefined) return;
        closeSync(fd);
        fd = undefined;
        openCount--;
      };
      const readOnce = (): string => {
        const opened = openSync(path, 'r');
        try {
          return readFrom(opened);
        } finally {
          closeSync(opened);
        }
      };
      try {
        keepOpen();
      } catch (error) {
        fail(error);
      }
      return {
        read() {
          if (isGone) return undefined;
          try {
            if (fd === undefined) keepOpen();
            return fd === undefined ? readOnce() : readFrom(fd);
          } catch (error) {
            fail(error);
            return undefined;
          }
        },
        close() {
          isGone = true;
          close();
        },
      };
    },
  };
}

function isShortage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM' || code === 'EINTR';
}

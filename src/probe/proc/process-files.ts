import { opendirSync, readFileSync, statSync } from 'node:fs';
import { fieldOf } from './fields.ts';

/** Only kernels before 6.2 are counted by listing; a number at the bound means "at least". */
const MAX_LISTED = 16_384;

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Open file descriptors of a process. Since kernel 6.2 the directory's size says it. */
export function openFilesOf(processDir: string): number | undefined {
  try {
    const sizeEntries = statSync(`${processDir}/fd`).size;
    return sizeEntries > 0 ? sizeEntries : listOpenFiles(`${processDir}/fd`);
  } catch {
    return undefined;
  }
}

export function listOpenFiles(dir: string): number {
  const handle = opendirSync(dir, { bufferSize: 512 });
  try {
    let count = 0;
    while (count < MAX_LISTED && handle.readSync() !== null) count++;
    return count;
  } finally {
    handle.closeSync();
  }
}

/** Bytes that went to or came from storage. */
export function parseProcIo(text: string): { readBytes: number; writtenBytes: number } | undefined {
  const readBytes = fieldOf(text, 'read_bytes:');
  const writtenBytes = fieldOf(text, 'write_bytes:');
  return readBytes === undefined || writtenBytes === undefined ? undefined : { readBytes, writtenBytes };
}

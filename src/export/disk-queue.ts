import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SondeError } from '../errors/sonde-error.ts';
import type { Ledger } from '../self/ledger.ts';
import type { OtlpRequest } from './exporter.ts';
import { decodeQueueFile, encodeQueueHeader, HEADER_BYTES } from './queue-file.ts';

/** Files are named by number, so that names sort in the order of the requests. */
const FILE_NAME = /^\d{16}\.otlp$/;
const TEMPORARY_SUFFIX = '.tmp';
/** Many small requests fill a directory before they fill the bytes; this is 27 hours at one every 10 s. */
const MAX_FILES = 10_000;
/** Files that are not ours or were damaged are kept aside for a look, this many. */
const MAX_ASIDE = 16;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly sizeBytes: number;
  /** Unknown for a file of an earlier run until it is read. */
  readonly points: number | undefined;
}

export interface DiskQueueOptions {
  readonly directory: string;
  readonly limitBytes: number;
  readonly ledger: Ledger;
  /** Told of what goes wrong with the disk; the queue itself never throws. */
  readonly onProblem: (problem: SondeError) => void;
  readonly onDropped: (requests: number) => void;
}

/**
 * Requests that wait for the endpoint, oldest first, bounded in bytes and files: the oldest are dropped and
 * counted. Only its owner (`delivery`) touches the directory, one call at a time.
 */
export class DiskQueue {
  private readonly options: DiskQueueOptions;
  private entries: Entry[] = [];
  private nextNumber = 1;
  private totalBytes = 0;
  private isOpen = false;

  constructor(options: DiskQueueOptions) {
    this.options = options;
  }

  get sizeBytes(): number {
    return this.totalBytes;
  }

  get length(): number {
    return this.entries.length;
  }

  /** Takes over what an earlier run left. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    this.isOpen = true;
    await this.guard('read', async () => {
      await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
      const names = (await readdir(this.options.directory)).sort();
      for (const name of names) await this.adopt(name);
    });
    await this.makeRoom(0);
  }

  /** False when it could not be kept; the loss is counted. */
  async append(request: OtlpRequest): Promise<boolean> {
    const sizeBytes = HEADER_BYTES + request.bytes.length;
    if (sizeBytes > this.options.limitBytes) {
      this.drop('queue-full', request.points);
      this.lose(1);
      return false;
    }
    await this.makeRoom(sizeBytes);
    const name = `${String(this.nextNumber).padStart(16, '0')}.otlp`;
    const isWritten = await this.guard('write', () => this.write(name, request));
    if (!isWritten) {
      this.drop('queue-write', request.points);
      this.options.onDropped(1);
      return false;
    }
    this.nextNumber++;
    this.entries.push({ name, sizeBytes, points: request.points });
    this.totalBytes += sizeBytes;
    return true;
  }

  /** The oldest request, still in the queue; a damaged one is set aside and the next is read. */
  async first(): Promise<OtlpRequest | undefined> {
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      const file = await readFile(this.pathOf(entry.name)).catch(() => undefined);
      const request = file && decodeQueueFile(file);
      if (request) return request;
      this.forget(entry);
      this.drop('queue-damaged', entry.points ?? 1);
      await this.setAside(entry.name);
    }
    return undefined;
  }

  /** Removes what `first` gave. */
  async removeFirst(): Promise<void> {
    const entry = this.entries[0];
    if (!entry) return;
    this.forget(entry);
    await this.guard('write', () => rm(this.pathOf(entry.name), { force: true }));
  }

  private async adopt(name: string): Promise<void> {
    if (name === 'aside') return;
    const status = await lstat(this.pathOf(name));
    // What was being written when the last run ended: never complete.
    if (status.isFile() && name.endsWith(TEMPORARY_SUFFIX)) {
      await rm(this.pathOf(name), { force: true });
      this.drop('queue-damaged', 1);
    } else if (
      !status.isFile() ||
      !FILE_NAME.test(name) ||
      status.size > MAX_FILE_BYTES ||
      status.size < HEADER_BYTES
    ) {
      this.drop('queue-odd-file', 1);
      await this.setAside(name);
    } else {
      this.entries.push({ name, sizeBytes: status.size, points: undefined });
      this.totalBytes += status.size;
      this.nextNumber = Number(name.slice(0, 16)) + 1;
    }
  }

  private async write(name: string, request: OtlpRequest): Promise<void> {
    const temporary = this.pathOf(name) + TEMPORARY_SUFFIX;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writev([encodeQueueHeader(request), request.bytes]);
    } finally {
      await file.close();
    }
    await rename(temporary, this.pathOf(name));
  }

  private async makeRoom(sizeBytes: number): Promise<void> {
    const { limitBytes } = this.options;
    let dropped = 0;
    while (this.entries.length > 0 && (this.totalBytes + sizeBytes > limitBytes || this.entries.length >= MAX_FILES)) {
      const points = this.entries[0]?.points ?? (await this.first())?.points;
      if (this.entries.length === 0) break;
      await this.removeFirst();
      this.drop('queue-full', points ?? 1);
      dropped++;
    }
    if (dropped > 0) this.lose(dropped);
  }

  /** Kept for a look, but not for ever. */
  private async setAside(name: string): Promise<void> {
    await this.guard('write', async () => {
      const aside = join(this.options.directory, 'aside');
      await mkdir(aside, { recursive: true, mode: 0o700 });
      await rename(this.pathOf(name), join(aside, name));
      const kept = (await readdir(aside)).sort();
      for (const old of kept.slice(0, Math.max(0, kept.length - MAX_ASIDE)))
        await rm(join(aside, old), { recursive: true, force: true });
    });
  }

  private async guard(what: 'read' | 'write', act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.options.onProblem(
        new SondeError('SND_EXP_QUEUE', `cannot ${what} ${this.options.directory}: ${reason}`, { cause }),
      );
      return false;
    }
  }

  private lose(requests: number): void {
    this.options.onDropped(requests);
    const detail = `${requests} more requests dropped at a limit of ${this.options.limitBytes} bytes`;
    this.options.onProblem(new SondeError('SND_EXP_QUEUE_FULL', detail));
  }

  private forget(entry: Entry): void {
    this.entries.shift();
    this.totalBytes -= entry.sizeBytes;
  }

  private drop(reason: string, points: number): void {
    this.options.ledger.count('export', 'dropped', reason, points);
  }

  private pathOf(name: string): string {
    return join(this.options.directory, name);
  }
}

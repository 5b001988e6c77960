import { SondeError } from '../errors/sonde-error.ts';
import type { Clock } from '../model/clock.ts';
import type { Ledger } from '../self/ledger.ts';
import { DiskQueue } from './disk-queue.ts';
import type { Exporter, OtlpRequest, SendOutcome } from './exporter.ts';
import { tidy } from './failure.ts';
import type { Outage } from './outage.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const JITTER_RATIO = 0.2;
/** A request that the endpoint fails on for reasons of its own is tried so often: about two minutes. */
const MAX_DOUBTFUL_ATTEMPTS = 10;

/** What waits in memory, and the requests it makes of it, in order. */
export interface Source<T> {
  readonly isEmpty: boolean;
  push(item: T): void;
  next(): OtlpRequest | undefined;
  /** The receiver's limit is lower than it should be: the next requests are half as large as the refused one. */
  makeSmaller(refusedBytes: number): void;
}

export interface DeliveryDeps<T> {
  readonly source: Source<T>;
  readonly exporter: Exporter;
  readonly outage: Outage;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly queueDir: string;
  readonly queueLimitBytes: number;
  /** What requests hold, in words. */
  readonly itemName: 'points' | 'spans';
}

/**
 * Brings requests to the endpoint in order, one at a time. While all is well they go from memory; once one
 * fails, it and everything newer goes to disk and is sent from there until nothing waits any more.
 *
 * One loop (`run`) owns queue, source and exporter; `push`, `tick` and `close` only wake it, so nothing
 * here runs twice at once.
 */
export class Delivery<T> {
  readonly queue: DiskQueue;
  private readonly deps: DeliveryDeps<T>;
  private readonly source: Source<T>;
  private running: Promise<void> | undefined;
  private retryAtMs: number | undefined;
  private failures = 0;
  /** How often the oldest request was tried. */
  private attempts = 0;
  private isStopping = false;
  private giveUp: () => void = () => undefined;
  private readonly givenUp: Promise<SendOutcome>;

  constructor(deps: DeliveryDeps<T>) {
    this.deps = deps;
    this.source = deps.source;
    this.queue = new DiskQueue({
      directory: deps.queueDir,
      limitBytes: deps.queueLimitBytes,
      ledger: deps.ledger,
      onProblem: (problem) => deps.outage.warn(problem),
      onDropped: (requests) => {
        this.attempts = 0;
        deps.outage.lost(requests);
      },
    });
    this.givenUp = new Promise((resolve) => {
      this.giveUp = () => resolve({ kind: 'retry', code: 'SND_EXP_TIMEOUT', detail: 'sonde ends', isDoubtful: false });
    });
  }

  push(item: T): void {
    this.source.push(item);
    this.wake();
  }

  tick(nowMs: number): void {
    // A wall clock that was set back must not hold the queue for hours.
    const leftMs = (this.retryAtMs ?? nowMs) - nowMs;
    if (leftMs <= 0 || leftMs > LONGEST_WAIT_MS * (1 + JITTER_RATIO)) this.retryAtMs = undefined;
    this.wake();
  }

  /** Sends what waits, within the time given; what is left stays on disk for the next run. */
  async close(withinMs: number): Promise<void> {
    this.retryAtMs = undefined;
    const timer = setTimeout(() => {
      this.isStopping = true;
      this.giveUp();
    }, withinMs);
    this.wake();
    while (this.running !== undefined) await this.running;
    clearTimeout(timer);
    this.isStopping = true;
    await this.spill();
    this.deps.exporter.close();
  }

  private wake(): void {
    if (this.running !== undefined || this.isStopping) return;
    this.running = this.run()
      .catch((cause: unknown) => {
        this.deps.outage.failed('SND_EXP_SERVER', cause instanceof Error ? cause.message : String(cause));
        this.waitLonger();
      })
      .then(() => {
        this.running = undefined;
        if (this.hasWork()) this.wake();
      });
  }

  private hasWork(): boolean {
    if (this.retryAtMs === undefined) return this.queue.length > 0 || !this.source.isEmpty;
    return this.queue.length > 0 && !this.source.isEmpty;
  }

  private async run(): Promise<void> {
    await this.queue.open();
    while (!this.isStopping) {
      // What is newer goes behind what waits already.
      if (this.queue.length > 0) await this.spill();
      if (this.retryAtMs !== undefined) return;
      const isQueued = this.queue.length > 0;
      const request = isQueued ? await this.queue.first() : this.source.next();
      if (request) await this.deliver(request, isQueued);
      else if (!isQueued) return;
    }
  }

  private async spill(): Promise<void> {
    for (let request = this.source.next(); request; request = this.source.next()) await this.queue.append(request);
  }

  private async deliver(request: OtlpRequest, isQueued: boolean): Promise<void> {
    const outcome = await Promise.race([this.deps.exporter.send(request), this.givenUp]);
    this.attempts++;
    const isDone = this.settle(request, outcome, isQueued);
    if (isDone) this.attempts = 0;
    if (isDone && isQueued) await this.queue.removeFirst();
    if (!isDone && !isQueued) await this.queue.append(request);
  }

  /** Books the outcome; false when the request has to be sent again. */
  private settle(request: OtlpRequest, outcome: SendOutcome, isQueued: boolean): boolean {
    const { ledger, outage } = this.deps;
    if (outcome.kind === 'delivered') {
      this.failures = 0;
      this.bookDelivered(request, outcome);
      outage.delivered({
        requests: this.queue.length + (isQueued ? 0 : 1),
        sizeBytes: this.queue.sizeBytes + (isQueued ? 0 : request.bytes.length),
      });
      return true;
    }
    if (outcome.kind === 'refused') {
      const isTooLarge = outcome.code === 'SND_EXP_TOO_LARGE';
      ledger.count('export', 'dropped', isTooLarge ? 'too-large' : 'refused', request.points);
      outage.gaveUp(outcome.code, outcome.detail);
      if (isTooLarge) this.source.makeSmaller(request.bytes.length);
      return true;
    }
    this.waitLonger();
    if (outcome.isDoubtful && this.attempts >= MAX_DOUBTFUL_ATTEMPTS) {
      ledger.count('export', 'dropped', 'server-error', request.points);
      outage.gaveUp(outcome.code, outcome.detail);
      return true;
    }
    outage.failed(outcome.code, outcome.detail);
    return false;
  }

  private bookDelivered(request: OtlpRequest, outcome: SendOutcome & { kind: 'delivered' }): void {
    const { ledger, outage } = this.deps;
    const rejected = Math.min(outcome.rejectedPoints, request.points);
    ledger.count('export', 'kept', '', request.points - rejected);
    if (rejected > 0) ledger.count('export', 'dropped', 'rejected', rejected);
    if (rejected > 0 || outcome.message !== '') {
      const detail = `${rejected} of ${request.points} ${this.deps.itemName} rejected: ${tidy(outcome.message)}`;
      outage.warn(new SondeError('SND_EXP_PARTIAL', detail));
    }
  }

  private waitLonger(): void {
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.failures++;
    const jitter = 1 + (Math.random() * 2 - 1) * JITTER_RATIO;
    this.retryAtMs = this.deps.clock.wallMs() + waitMs * jitter;
  }
}

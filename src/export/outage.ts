import { describeError, SondeError } from '../errors/sonde-error.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../self/log.ts';
import { MIB, MS_PER_S } from '../units.ts';

const STAGE = 'export';
/** The same words are not said again within this time; an endpoint may come and go every second. */
const QUIET_MS = 60_000;

export interface Waiting {
  readonly requests: number;
  readonly sizeBytes: number;
}

/** Says once that the endpoint fails and why, once that it is back, and knows the state in between. */
export class Outage {
  failingSinceMs: number | undefined;
  lastSuccessMs: number | undefined;
  lastError: SondeError | undefined;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly saidMs = new Map<string, number>();
  private wasSaid = false;
  private lostRequests = 0;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  failed(code: ErrorCode, detail: string): void {
    const isNew = this.lastError?.code !== code || this.failingSinceMs === undefined;
    this.failingSinceMs ??= this.clock.wallMs();
    this.lastError = new SondeError(code, detail);
    if (isNew && this.mayBeSaid(code)) {
      this.wasSaid = true;
      this.log.error(STAGE, describeError(this.lastError));
    }
  }

  /** `waiting` counts the delivered request too. */
  delivered(waiting: Waiting): void {
    const nowMs = this.clock.wallMs();
    this.lastSuccessMs = nowMs;
    if (this.failingSinceMs === undefined) return;
    const downS = ((nowMs - this.failingSinceMs) / MS_PER_S).toFixed(0);
    this.failingSinceMs = undefined;
    const sizeMib = (waiting.sizeBytes / MIB).toFixed(1);
    const text = `endpoint takes data again after ${downS} s: ${waiting.requests} requests waited (${sizeMib} MiB) and are sent now, ${this.lostRequests} were lost`;
    if (this.wasSaid) this.log.info(STAGE, text);
    this.wasSaid = false;
    this.lostRequests = 0;
  }

  /** A request was given up for what the endpoint said about it. */
  gaveUp(code: ErrorCode, detail: string): void {
    this.lostRequests++;
    this.failed(code, detail);
  }

  /** Requests found no room, or no disk. */
  lost(requests: number): void {
    this.lostRequests += requests;
  }

  /** A trouble that does not stop the export. */
  warn(problem: SondeError): void {
    if (this.mayBeSaid(problem.code)) this.log.warn(STAGE, describeError(problem));
  }

  /** Bounded: one entry for each code. */
  private mayBeSaid(code: ErrorCode): boolean {
    const nowMs = this.clock.monotonicMs();
    const saidMs = this.saidMs.get(code);
    if (saidMs !== undefined && nowMs - saidMs < QUIET_MS) return false;
    this.saidMs.set(code, nowMs);
    return true;
  }
}

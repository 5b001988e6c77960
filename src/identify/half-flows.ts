import type { Clock } from '../model/clock.ts';
import type { Container } from '../model/container.ts';
import type { DnsAnswered } from '../model/dns.ts';
import type { HalfFlow, HalfFlowSink } from '../model/flow.ts';
import type { FlowClosed, FlowCounted, FlowCounts, FlowEnds, FlowFact, FlowFailed } from '../model/flow-facts.ts';
import type { Slot } from '../model/ids.ts';
import type { Ledger } from '../self/ledger.ts';
import { DialedNames } from './dialed-names.ts';
import { failureOf } from './flow-failure.ts';

/** About 500 bytes each; beyond, a flow is only seen at its end, with all it moved. */
const DEFAULT_LIMIT = 200_000;
/** A flow that full passes miss this often has ended without a record. */
const MISSED_PASSES = 2;
const MAX_EARLY = 256;

export interface HalfFlows {
  /** Containers come before their facts, as `identify` hands them on. */
  containerOpened(container: Container): void;
  containerClosed(container: Container, isFilteredOut: boolean): void;
  push(fact: FlowFact): void;
  /** A full pass that began at `startedMs` was pushed: what it did not name has ended unseen. */
  fullPassEnded(startedMs: number): void;
  live(): Iterable<HalfFlow>;
  readonly size: number;
}

/** Beside the life of flows: each reading that moved something, and is so a sample of its RTT. */
export interface HalfFlowReader extends HalfFlowSink {
  counted(half: HalfFlow): void;
  /** A process of the container took an answer from a name server. */
  answered(container: Container, lookup: DnsAnswered): void;
}

export interface HalfFlowDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly limit?: number;
}

interface Entry {
  readonly half: HalfFlow;
  seenMs: number;
  missedPasses: number;
}

/** Kernel facts of connections → half flows with their container, made once and mutated while they live. */
export function createHalfFlows(deps: HalfFlowDeps, next: HalfFlowReader): HalfFlows {
  const { clock, ledger, limit = DEFAULT_LIMIT } = deps;
  const bySlot = new Map<Slot, Container>();
  const byId = new Map<number, Entry>();
  const names = new DialedNames();
  /** Answers are in a ring of their own: those of a container that began just now may be read before it. */
  let early: DnsAnswered[] = [];

  const containerOf = (slot: Slot): Container | undefined => {
    const container = bySlot.get(slot);
    if (!container) ledger.count('identify', 'dropped', 'flow-unknown-slot');
    return container;
  };

  const make = (ends: FlowEnds, container: Container, bootNs: number): HalfFlow => ({
    id: ends.id,
    container,
    pid: ends.pid,
    processName: ends.processName,
    netnsInode: ends.netnsInode,
    tuple: ends.tuple,
    role: ends.role,
    openedMs: clock.bootToWallMs(ends.openedBootNs ?? bootNs),
    closedMs: undefined,
    isPreexisting: ends.openedBootNs === undefined,
    fingerprint: ends.fingerprint,
    counters: {
      transmittedBytes: 0,
      receivedBytes: 0,
      transmittedMessages: 0,
      receivedMessages: 0,
      retransmittedSegments: 0,
      rttUs: undefined,
    },
    connectDurationUs: ends.connectDurationUs,
    dialedName: ends.role === 'client' ? names.nameOf(container, ends.tuple.remoteAddress) : undefined,
    failure: undefined,
  });

  const open = (ends: FlowEnds, counts: FlowCounts, bootNs: number): HalfFlow | undefined => {
    const container = containerOf(ends.slot);
    if (!container) return undefined;
    const half = make(ends, container, bootNs);
    ledger.count('identify', 'kept', '');
    take(half, counts);
    next.opened(half);
    next.counted(half);
    return half;
  };

  const opened = (ends: FlowEnds, counts: FlowCounts, bootNs: number): void => {
    const known = byId.get(ends.id);
    if (known) {
      // Its announcement came twice: by the ring and by the pass.
      update(known, ends, counts, bootNs);
    } else if (byId.size >= limit) {
      ledger.count('identify', 'shed', 'flow-limit');
    } else {
      const half = open(ends, counts, bootNs);
      if (half) byId.set(half.id, { half, seenMs: clock.bootToWallMs(bootNs), missedPasses: 0 });
    }
  };

  const seen = (entry: Entry, bootNs: number): void => {
    entry.seenMs = clock.bootToWallMs(bootNs);
    entry.missedPasses = 0;
  };

  const update = (
    entry: Entry,
    owner: Pick<FlowCounted, 'pid' | 'processName'>,
    counts: FlowCounts,
    bootNs: number,
  ): void => {
    seen(entry, bootNs);
    setOwner(entry.half, owner);
    if (take(entry.half, counts)) next.counted(entry.half);
  };

  const close = (fact: FlowClosed): void => {
    const entry = byId.get(fact.ends.id);
    byId.delete(fact.ends.id);
    const half = entry?.half ?? open(fact.ends, fact.counts, fact.bootNs);
    if (!half) return;
    setOwner(half, fact.ends);
    if (take(half, fact.counts)) next.counted(half);
    end(half, fact.bootNs, failureOf(fact.errno, fact.isAborted ? 'aborted' : undefined));
  };

  const fail = (fact: FlowFailed): void => {
    const container = containerOf(fact.ends.slot);
    if (!container) return;
    ledger.count('identify', 'kept', '');
    const half = make(fact.ends, container, fact.bootNs);
    half.failure = failureOf(fact.errno, 'aborted');
    next.opened(half);
    end(half, fact.bootNs, half.failure);
  };

  const end = (half: HalfFlow, bootNs: number, failure: string | undefined): void => {
    half.closedMs = clock.bootToWallMs(bootNs);
    half.failure = failure;
    next.closed(half);
  };

  const answer = (lookup: DnsAnswered): void => {
    const container = bySlot.get(lookup.slot);
    if (!container) {
      early.push(lookup);
      if (early.length > MAX_EARLY && early.shift()) ledger.count('identify', 'dropped', 'dns-unknown-slot');
      return;
    }
    if (!lookup.answer) {
      // Over TCP a length, or a piece.
      if (lookup.transport === 'udp') ledger.count('identify', 'dropped', 'dns-unreadable');
      return;
    }
    ledger.count('identify', 'kept', '');
    names.note(container, lookup.answer);
    next.answered(container, lookup);
  };

  return {
    containerOpened(container) {
      bySlot.set(container.slot, container);
      const waiting = early;
      early = [];
      for (const lookup of waiting) answer(lookup);
    },

    containerClosed(container, isFilteredOut) {
      names.forget(container);
      if (!isFilteredOut) return;
      if (bySlot.get(container.slot) === container) bySlot.delete(container.slot);
      for (const [id, { half }] of byId) if (half.container === container) byId.delete(id);
    },

    push(fact) {
      if (fact.kind === 'flow-opened') opened(fact.ends, fact.counts, fact.bootNs);
      else if (fact.kind === 'flow-closed') close(fact);
      else if (fact.kind === 'flow-failed') fail(fact);
      else if (fact.kind === 'dns-answered') answer(fact);
      else {
        const entry = byId.get(fact.id);
        if (!entry) return;
        if (fact.kind === 'flow-counted') update(entry, fact, fact.counts, fact.bootNs);
        else seen(entry, fact.bootNs);
      }
    },

    fullPassEnded(startedMs) {
      const nowMs = clock.wallMs();
      for (const [id, entry] of byId) {
        if (entry.seenMs >= startedMs || ++entry.missedPasses < MISSED_PASSES) continue;
        byId.delete(id);
        ledger.count('identify', 'dropped', 'flow-close-record-lost');
        entry.half.closedMs = nowMs;
        next.closed(entry.half);
      }
    },

    *live() {
      for (const { half } of byId.values()) yield half;
    },
    get size() {
      return byId.size;
    },
  };
}

function setOwner(half: HalfFlow, owner: Pick<FlowCounted, 'pid' | 'processName'>): void {
  half.pid = owner.pid ?? half.pid;
  half.processName = owner.processName ?? half.processName;
}

/** Counters never fall: records of one flow may come out of order. True when something moved. */
function take({ counters }: HalfFlow, counts: FlowCounts): boolean {
  const before = sumOf(counters);
  counters.transmittedBytes = Math.max(counters.transmittedBytes, counts.sentBytes);
  counters.receivedBytes = Math.max(counters.receivedBytes, counts.receivedBytes);
  counters.transmittedMessages = Math.max(counters.transmittedMessages, counts.sentMessages);
  counters.receivedMessages = Math.max(counters.receivedMessages, counts.receivedMessages);
  counters.retransmittedSegments = Math.max(counters.retransmittedSegments, counts.retransmits);
  counters.rttUs = counts.rttUs;
  return sumOf(counters) > before || counts.rttUs !== undefined;
}

const sumOf = (counters: HalfFlow['counters']): number =>
  counters.transmittedBytes +
  counters.receivedBytes +
  counters.transmittedMessages +
  counters.receivedMessages +
  counters.retransmittedSegments;

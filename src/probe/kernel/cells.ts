import {
  AREA_NAMES,
  CLASS_NAMES,
  DURATION_BUCKETS,
  ERRNO_COUNT,
  OPERATION_COUNT,
  SLOT,
  TIMED_CLASSES,
} from '../../generated/layout.ts';
import { type Slot, slotOf } from '../../model/ids.ts';
import type { ClassDurations, ErrnoCount, SlotCells } from '../../model/snapshot.ts';
import { NS_PER_S } from '../../units.ts';
import type { NativeCells, NativeSession } from './native-addon.ts';

const ERRNO_BITS = 16;
const ERRNO_MASK = 0xffff;
/** Buckets are powers of two of 2^-30 s. */
const LOWEST_EXPONENT = -30;
const WORDS_PER_CLASS = 1 + DURATION_BUCKETS;

/** Totals stand in struct sd_slot's order from `starts` on. */
const totalIndex = (offset: number): number => (offset - SLOT.starts) / 8;
const TOTAL_COUNT = totalIndex(SLOT.operations);

function readErrnos(pairs: Float64Array, count: number): ErrnoCount[] {
  const errnos: ErrnoCount[] = [];
  for (let i = 0; i < count; i++) {
    const key = pairs[i * 2] ?? 0;
    errnos.push({ classIndex: key >>> ERRNO_BITS, errno: key & ERRNO_MASK, count: pairs[i * 2 + 1] ?? 0 });
  }
  return errnos;
}

/** Only classes that were timed; buckets without the empty ones at both ends. */
function readDurations(words: Float64Array): ClassDurations[] {
  const result: ClassDurations[] = [];
  for (const [timed, classIndex] of TIMED_CLASSES.entries()) {
    const start = timed * WORDS_PER_CLASS;
    const all = words.subarray(start + 1, start + WORDS_PER_CLASS);
    const first = all.findIndex((count) => count > 0);
    if (first < 0) continue;
    const last = all.findLastIndex((count) => count > 0);
    const buckets = [...all.subarray(first, last + 1)];
    result.push({
      classIndex,
      count: buckets.reduce((sum, count) => sum + count, 0),
      sumS: (words[start] ?? 0) / NS_PER_S,
      offset: LOWEST_EXPONENT + first,
      buckets,
    });
  }
  return result;
}

/** One set of arrays, filled by the addon at each call. */
export function createCellReader(session: NativeSession, hasDurations: boolean): (slot: Slot) => SlotCells {
  const cells: NativeCells = {
    calls: new Float64Array(CLASS_NAMES.length),
    errors: new Float64Array(CLASS_NAMES.length),
    fileBytes: new Float64Array(AREA_NAMES.length * 2),
    fileOperations: new Float64Array(AREA_NAMES.length * OPERATION_COUNT),
    totals: new Float64Array(TOTAL_COUNT),
    errnos: new Float64Array(ERRNO_COUNT * 2),
    durations: new Float64Array(TIMED_CLASSES.length * WORDS_PER_CLASS),
  };
  session.bindCells(cells);
  const total = (offset: number): number => cells.totals[totalIndex(offset)] ?? 0;
  return (slot) => {
    const errnoCount = session.readCells(slot);
    return {
      slot: slotOf(slot),
      calls: cells.calls,
      errors: cells.errors,
      fileBytes: cells.fileBytes,
      fileOperations: cells.fileOperations,
      errnos: readErrnos(cells.errnos, errnoCount),
      starts: total(SLOT.starts),
      execs: total(SLOT.execs),
      exits: total(SLOT.exits),
      lostStarts: total(SLOT.lostStarts),
      lostExecs: total(SLOT.lostExecs),
      lostExits: total(SLOT.lostExits),
      oomKills: total(SLOT.oomKills),
      endedCpuNs: total(SLOT.endedCpuNs),
      endedUserNs: total(SLOT.endedUserNs),
      endedSystemNs: total(SLOT.endedSystemNs),
      lostFlows: total(SLOT.lostFlows),
      lostFlowFailures: total(SLOT.lostFailures),
      lostFlowSentBytes: total(SLOT.lostSentBytes),
      lostFlowReceivedBytes: total(SLOT.lostReceivedBytes),
      durations: hasDurations ? readDurations(cells.durations) : [],
    };
  };
}

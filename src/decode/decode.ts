import { EV_HEADER, EVENT_NUMBERS, type KernelEventName } from '../generated/layout.ts';
import type { KernelFact } from '../model/facts.ts';
import type { FlowFact } from '../model/flow-facts.ts';
import type { Ledger } from '../self/ledger.ts';
import { type Cursor, u16 } from './cursor.ts';
import { EVENT_DECODERS, type EventDecoder } from './events/registry.ts';

export interface DecodeDeps {
  readonly ledger: Ledger;
}

export interface Decode {
  /** Whole records, one after the other. Synchronous; bad data is counted, never thrown. */
  push(records: Uint8Array): void;
}

const decoders = new Map<number, EventDecoder>(
  (Object.keys(EVENT_NUMBERS) as KernelEventName[]).map((name) => [EVENT_NUMBERS[name], EVENT_DECODERS[name]]),
);

/** Records → facts: those of containers and processes to `next`, those of connections to `nextFlow`. */
export function createDecode(
  deps: DecodeDeps,
  next: (fact: KernelFact) => void,
  nextFlow: (fact: FlowFact) => void,
): Decode {
  const { ledger } = deps;
  const cursor: Cursor = { view: new DataView(new ArrayBuffer(0)), bytes: new Uint8Array(0), at: 0 };
  return {
    push(records) {
      cursor.bytes = records;
      cursor.view = new DataView(records.buffer, records.byteOffset, records.byteLength);
      let kept = 0;
      for (cursor.at = 0; cursor.at < records.byteLength; ) {
        const leftBytes = records.byteLength - cursor.at;
        const recordBytes = leftBytes < EV_HEADER.sizeBytes ? 0 : u16(cursor, EV_HEADER.recordBytes);
        // Without a believable length there is no next record: the rest of the batch is lost.
        if (recordBytes < EV_HEADER.sizeBytes || recordBytes > leftBytes) {
          ledger.count('decode', 'dropped', 'bad_length');
          break;
        }
        const decoder = decoders.get(u16(cursor, EV_HEADER.event));
        if (!decoder) {
          ledger.count('decode', 'dropped', 'unknown_event');
        } else if (recordBytes < decoder.sizeBytes) {
          ledger.count('decode', 'dropped', 'short_record');
        } else {
          if (decoder.isFlow) nextFlow(decoder.decode(cursor));
          else next(decoder.decode(cursor));
          kept++;
        }
        cursor.at += recordBytes;
      }
      if (kept > 0) ledger.count('decode', 'kept', '', kept);
    },
  };
}

import { EV_PROCESS_EXITED } from '../../../generated/layout.ts';
import type { ProcessExited } from '../../../model/facts.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, textToNul, u32 } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

const SIGNAL_MASK = 0x7f;

export function decodeProcessExited(cursor: Cursor): ProcessExited {
  const status = u32(cursor, EV_PROCESS_EXITED.status);
  const signal = status & SIGNAL_MASK;
  return {
    kind: 'process-exited',
    slot: slotOfRecord(cursor),
    bootNs: bootNsOf(cursor),
    pid: pidOf(u32(cursor, EV_PROCESS_EXITED.pid)),
    name: textToNul(cursor, EV_PROCESS_EXITED.name, EV_PROCESS_EXITED.nameCapacityBytes),
    exitCode: signal === 0 ? (status >>> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
    isContainerInit: u32(cursor, EV_PROCESS_EXITED.isContainerInit) !== 0,
  };
}

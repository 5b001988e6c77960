import { EV_PROCESS_EXECED } from '../../../generated/layout.ts';
import type { ProcessExeced } from '../../../model/facts.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, text, textToNul, u32 } from '../../cursor.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

export const decodeProcessExeced = (cursor: Cursor): ProcessExeced => ({
  kind: 'process-execed',
  slot: slotOfRecord(cursor),
  bootNs: bootNsOf(cursor),
  pid: pidOf(u32(cursor, EV_PROCESS_EXECED.pid)),
  name: textToNul(cursor, EV_PROCESS_EXECED.name, EV_PROCESS_EXECED.nameCapacityBytes),
  fileName: text(
    cursor,
    EV_PROCESS_EXECED.fileName,
    Math.min(u32(cursor, EV_PROCESS_EXECED.fileNameBytes), EV_PROCESS_EXECED.fileNameCapacityBytes),
  ),
});

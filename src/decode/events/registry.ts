import {
  EV_CGROUP_MADE,
  EV_OOM_KILLED,
  EV_PROCESS_EXECED,
  EV_PROCESS_EXITED,
  EV_PROCESS_STARTED,
  EV_SLOT_CLOSED,
  EV_SLOT_OPENED,
  type KernelEventName,
} from '../../generated/layout.ts';
import type { KernelFact } from '../../model/facts.ts';
import type { Cursor } from '../cursor.ts';
import { decodeCgroupMade } from './cgroup-made/decode-cgroup-made.ts';
import { decodeOomKilled } from './oom-killed/decode-oom-killed.ts';
import { decodeProcessExeced } from './process-execed/decode-process-execed.ts';
import { decodeProcessExited } from './process-exited/decode-process-exited.ts';
import { decodeProcessStarted } from './process-started/decode-process-started.ts';
import { decodeSlotClosed } from './slot-closed/decode-slot-closed.ts';
import { decodeSlotOpened } from './slot-opened/decode-slot-opened.ts';

export interface EventDecoder {
  /** A record that says it is shorter is refused. */
  readonly sizeBytes: number;
  readonly decode: (cursor: Cursor) => KernelFact;
}

/** One line a kernel event; without it `tsc` fails, as the names come from bpf/events/list.h. */
export const EVENT_DECODERS = {
  slotOpened: { sizeBytes: EV_SLOT_OPENED.sizeBytes, decode: decodeSlotOpened },
  slotClosed: { sizeBytes: EV_SLOT_CLOSED.sizeBytes, decode: decodeSlotClosed },
  cgroupMade: { sizeBytes: EV_CGROUP_MADE.sizeBytes, decode: decodeCgroupMade },
  processStarted: { sizeBytes: EV_PROCESS_STARTED.sizeBytes, decode: decodeProcessStarted },
  processExeced: { sizeBytes: EV_PROCESS_EXECED.sizeBytes, decode: decodeProcessExeced },
  processExited: { sizeBytes: EV_PROCESS_EXITED.sizeBytes, decode: decodeProcessExited },
  oomKilled: { sizeBytes: EV_OOM_KILLED.sizeBytes, decode: decodeOomKilled },
} as const satisfies Record<KernelEventName, EventDecoder>;

import {
  EV_CGROUP_MADE,
  EV_DNS_RECEIVED,
  EV_FLOW_ALIVE,
  EV_FLOW_CLOSED,
  EV_FLOW_COUNTED,
  EV_FLOW_FAILED,
  EV_FLOW_OPENED,
  EV_OOM_KILLED,
  EV_PROCESS_EXECED,
  EV_PROCESS_EXITED,
  EV_PROCESS_STARTED,
  EV_SLOT_CLOSED,
  EV_SLOT_OPENED,
  type KernelEventName,
} from '../../generated/layout.ts';
import type { KernelFact } from '../../model/facts.ts';
import type { FlowFact } from '../../model/flow-facts.ts';
import type { Cursor } from '../cursor.ts';
import { decodeCgroupMade } from './cgroup-made/decode-cgroup-made.ts';
import { decodeDnsReceived } from './dns-received/decode-dns-received.ts';
import { decodeFlowAlive } from './flow-alive/decode-flow-alive.ts';
import { decodeFlowClosed } from './flow-closed/decode-flow-closed.ts';
import { decodeFlowCounted } from './flow-counted/decode-flow-counted.ts';
import { decodeFlowFailed } from './flow-failed/decode-flow-failed.ts';
import { decodeFlowOpened } from './flow-opened/decode-flow-opened.ts';
import { decodeOomKilled } from './oom-killed/decode-oom-killed.ts';
import { decodeProcessExeced } from './process-execed/decode-process-execed.ts';
import { decodeProcessExited } from './process-exited/decode-process-exited.ts';
import { decodeProcessStarted } from './process-started/decode-process-started.ts';
import { decodeSlotClosed } from './slot-closed/decode-slot-closed.ts';
import { decodeSlotOpened } from './slot-opened/decode-slot-opened.ts';

/** `isFlow` tells who takes the fact. A record that says it is shorter than `sizeBytes` is refused. */
export type EventDecoder =
  | { readonly sizeBytes: number; readonly isFlow?: false; readonly decode: (cursor: Cursor) => KernelFact }
  | { readonly sizeBytes: number; readonly isFlow: true; readonly decode: (cursor: Cursor) => FlowFact };

/** One line a kernel event; without it `tsc` fails, as the names come from bpf/events/list.h. */
export const EVENT_DECODERS = {
  slotOpened: { sizeBytes: EV_SLOT_OPENED.sizeBytes, decode: decodeSlotOpened },
  slotClosed: { sizeBytes: EV_SLOT_CLOSED.sizeBytes, decode: decodeSlotClosed },
  cgroupMade: { sizeBytes: EV_CGROUP_MADE.sizeBytes, decode: decodeCgroupMade },
  processStarted: { sizeBytes: EV_PROCESS_STARTED.sizeBytes, decode: decodeProcessStarted },
  processExeced: { sizeBytes: EV_PROCESS_EXECED.sizeBytes, decode: decodeProcessExeced },
  processExited: { sizeBytes: EV_PROCESS_EXITED.sizeBytes, decode: decodeProcessExited },
  flowOpened: { sizeBytes: EV_FLOW_OPENED.sizeBytes, isFlow: true, decode: decodeFlowOpened },
  flowClosed: { sizeBytes: EV_FLOW_CLOSED.sizeBytes, isFlow: true, decode: decodeFlowClosed },
  flowFailed: { sizeBytes: EV_FLOW_FAILED.sizeBytes, isFlow: true, decode: decodeFlowFailed },
  flowCounted: { sizeBytes: EV_FLOW_COUNTED.sizeBytes, isFlow: true, decode: decodeFlowCounted },
  flowAlive: { sizeBytes: EV_FLOW_ALIVE.sizeBytes, isFlow: true, decode: decodeFlowAlive },
  dnsReceived: { sizeBytes: EV_DNS_RECEIVED.sizeBytes, isFlow: true, decode: decodeDnsReceived },
  oomKilled: { sizeBytes: EV_OOM_KILLED.sizeBytes, decode: decodeOomKilled },
} as const satisfies Record<KernelEventName, EventDecoder>;

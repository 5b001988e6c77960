import { FLOW_COUNTS, FLOW_ENDS, FLOW_FLAGS, ROLE_NAMES } from '../../generated/layout.ts';
import type { Fingerprint, Tuple } from '../../model/flow.ts';
import type { FlowCounts, FlowEnds } from '../../model/flow-facts.ts';
import { type Pid, pidOf, slotOf } from '../../model/ids.ts';
import { formatIp } from '../../model/ip.ts';
import { type Cursor, textToNul, u16, u32, u64 } from '../cursor.ts';

const IPPROTO_UDP = 17;

const byteAt = (cursor: Cursor, offset: number): number => cursor.view.getUint8(cursor.at + offset);

/** 0 and the empty name: nobody has used the socket yet, and its listener is not known. */
export const pidAt = (cursor: Cursor, offset: number): Pid | undefined => {
  const pid = u32(cursor, offset);
  return pid === 0 ? undefined : pidOf(pid);
};
export const nameAt = (cursor: Cursor, offset: number, capacityBytes: number): string | undefined =>
  textToNul(cursor, offset, capacityBytes) || undefined;

function readTuple(cursor: Cursor, at: number): Tuple {
  const addressAt = (offset: number): string =>
    formatIp(cursor.bytes, cursor.at + at + offset, FLOW_ENDS.remoteAddressCapacityBytes);
  const remoteAddress = addressAt(FLOW_ENDS.remoteAddress);
  return {
    transport: byteAt(cursor, at + FLOW_ENDS.transport) === IPPROTO_UDP ? 'udp' : 'tcp',
    networkType: remoteAddress.includes(':') ? 'ipv6' : 'ipv4',
    localAddress: addressAt(FLOW_ENDS.localAddress),
    localPort: u16(cursor, at + FLOW_ENDS.localPort),
    remoteAddress,
    remotePort: u16(cursor, at + FLOW_ENDS.remotePort),
  };
}

function readFingerprint(cursor: Cursor, at: number, isClient: boolean): Fingerprint | undefined {
  if ((byteAt(cursor, at + FLOW_ENDS.flags) & FLOW_FLAGS.printed) === 0) return undefined;
  const own = u32(cursor, at + FLOW_ENDS.ownIsn);
  const peer = u32(cursor, at + FLOW_ENDS.peerIsn);
  return isClient ? { clientIsn: own, serverIsn: peer } : { clientIsn: peer, serverIsn: own };
}

/** `struct sd_flow_ends` at `at` bytes into the record. */
export function readEnds(cursor: Cursor, at: number): FlowEnds {
  const isClient = ROLE_NAMES[byteAt(cursor, at + FLOW_ENDS.role)] !== 'server';
  const openedNs = u64(cursor, at + FLOW_ENDS.openedNs);
  const connectUs = u32(cursor, at + FLOW_ENDS.connectUs);
  return {
    id: u64(cursor, at + FLOW_ENDS.id),
    slot: slotOf(u16(cursor, at + FLOW_ENDS.slot)),
    pid: pidAt(cursor, at + FLOW_ENDS.pid),
    processName: nameAt(cursor, at + FLOW_ENDS.name, FLOW_ENDS.nameCapacityBytes),
    netnsInode: u32(cursor, at + FLOW_ENDS.netnsInode),
    tuple: readTuple(cursor, at),
    role: isClient ? 'client' : 'server',
    openedBootNs: openedNs === 0 ? undefined : openedNs,
    fingerprint: readFingerprint(cursor, at, isClient),
    connectDurationUs: isClient && openedNs !== 0 ? connectUs : undefined,
  };
}

/** `struct sd_flow_counts` at `at` bytes into the record. */
export function readCounts(cursor: Cursor, at: number): FlowCounts {
  const rttUs = u32(cursor, at + FLOW_COUNTS.rttUs);
  return {
    sentBytes: u64(cursor, at + FLOW_COUNTS.sentBytes),
    receivedBytes: u64(cursor, at + FLOW_COUNTS.receivedBytes),
    sentMessages: u64(cursor, at + FLOW_COUNTS.sentMessages),
    receivedMessages: u64(cursor, at + FLOW_COUNTS.receivedMessages),
    retransmits: u32(cursor, at + FLOW_COUNTS.retransmits),
    rttUs: rttUs === 0 ? undefined : rttUs,
  };
}

export const hasFlag = (cursor: Cursor, at: number, flag: number): boolean =>
  (byteAt(cursor, at + FLOW_ENDS.flags) & flag) !== 0;

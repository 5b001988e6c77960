import { EV_DNS_RECEIVED } from '../../../generated/layout.ts';
import type { DnsAnswered } from '../../../model/dns.ts';
import { pidOf } from '../../../model/ids.ts';
import { type Cursor, u16, u32, u64 } from '../../cursor.ts';
import { parseDnsAnswer, parseTcpAnswer } from '../../dns/parse-answer.ts';
import { bootNsOf, slotOfRecord } from '../../header.ts';

const IPPROTO_UDP = 17;

export function decodeDnsReceived(cursor: Cursor): DnsAnswered {
  const bootNs = bootNsOf(cursor);
  const queryNs = u64(cursor, EV_DNS_RECEIVED.queryNs);
  const start = cursor.at + EV_DNS_RECEIVED.data;
  const sizeBytes = Math.min(u16(cursor, EV_DNS_RECEIVED.dataBytes), EV_DNS_RECEIVED.dataCapacityBytes);
  const bytes = cursor.bytes.subarray(start, start + sizeBytes);
  const isUdp = u16(cursor, EV_DNS_RECEIVED.transport) === IPPROTO_UDP;
  return {
    kind: 'dns-answered',
    bootNs,
    slot: slotOfRecord(cursor),
    pid: pidOf(u32(cursor, EV_DNS_RECEIVED.pid)),
    transport: isUdp ? 'udp' : 'tcp',
    durationNs: queryNs === 0 ? undefined : Math.max(0, bootNs - queryNs),
    answer: isUdp ? parseDnsAnswer(bytes) : parseTcpAnswer(bytes, u32(cursor, EV_DNS_RECEIVED.receivedBytes)),
  };
}

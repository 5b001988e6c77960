import {
  ATTR_CLIENT_ADDRESS,
  ATTR_CLIENT_PORT,
  ATTR_ERROR_TYPE,
  ATTR_NETWORK_LOCAL_ADDRESS,
  ATTR_NETWORK_LOCAL_PORT,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_PEER_SERVICE,
  ATTR_PROCESS_PID,
  ATTR_SONDE_FLOW_CONNECT_US,
  ATTR_SONDE_FLOW_CONNECTION_ID,
  ATTR_SONDE_FLOW_PREEXISTING,
  ATTR_SONDE_FLOW_RECEIVE_BYTES,
  ATTR_SONDE_FLOW_RECEIVE_MESSAGES,
  ATTR_SONDE_FLOW_RETRANSMIT_SEGMENTS,
  ATTR_SONDE_FLOW_RTT_US,
  ATTR_SONDE_FLOW_TRANSMIT_BYTES,
  ATTR_SONDE_FLOW_TRANSMIT_MESSAGES,
  ATTR_SONDE_PEER_PROCESS_EXECUTABLE_NAME,
  ATTR_SONDE_PEER_PROCESS_PID,
  ATTR_SONDE_STITCH_CAUSE,
  ATTR_SONDE_STITCH_CONFIDENCE,
  ATTR_SONDE_STITCH_METHOD,
} from '../../generated/signals.ts';
import type { AttributeValue } from '../../model/attributes.ts';
import type { Flow } from '../../model/flow.ts';
import { flowAttributes } from '../flow-attributes.ts';

/** What its flow metrics carry, and what is too fine for a metric. */
export function connectionAttributes(flow: Flow): Record<string, AttributeValue> {
  const { half, peer } = flow;
  const { tuple, counters } = half;
  const isResolved = peer.confidence !== 'none';
  const isClient = half.role === 'client';
  const hasNoAgent = isClient && peer.container === undefined && peer.kind !== 'host';
  return defined({
    ...flowAttributes(flow).attributes,
    [ATTR_CLIENT_ADDRESS]: isClient ? undefined : isResolved ? peer.address : tuple.remoteAddress,
    [ATTR_CLIENT_PORT]: isClient ? undefined : isResolved ? peer.port : tuple.remotePort,
    [ATTR_NETWORK_LOCAL_ADDRESS]: tuple.localAddress,
    [ATTR_NETWORK_LOCAL_PORT]: tuple.localPort,
    [ATTR_NETWORK_PEER_ADDRESS]: tuple.remoteAddress,
    [ATTR_NETWORK_PEER_PORT]: tuple.remotePort,
    [ATTR_PEER_SERVICE]: hasNoAgent ? (half.dialedName ?? tuple.remoteAddress) : undefined,
    [ATTR_PROCESS_PID]: half.pid,
    [ATTR_SONDE_PEER_PROCESS_PID]: peer.half?.pid,
    [ATTR_SONDE_PEER_PROCESS_EXECUTABLE_NAME]: peer.half?.processName,
    [ATTR_SONDE_STITCH_METHOD]: peer.method,
    [ATTR_SONDE_STITCH_CONFIDENCE]: peer.confidence,
    [ATTR_SONDE_STITCH_CAUSE]: peer.cause,
    [ATTR_SONDE_FLOW_CONNECTION_ID]: flow.connectionId,
    [ATTR_SONDE_FLOW_PREEXISTING]: half.isPreexisting || undefined,
    [ATTR_SONDE_FLOW_TRANSMIT_BYTES]: counters.transmittedBytes,
    [ATTR_SONDE_FLOW_RECEIVE_BYTES]: counters.receivedBytes,
    [ATTR_SONDE_FLOW_TRANSMIT_MESSAGES]: counters.transmittedMessages,
    [ATTR_SONDE_FLOW_RECEIVE_MESSAGES]: counters.receivedMessages,
    [ATTR_SONDE_FLOW_RETRANSMIT_SEGMENTS]: counters.retransmittedSegments,
    [ATTR_SONDE_FLOW_RTT_US]: whole(counters.rttUs),
    [ATTR_SONDE_FLOW_CONNECT_US]: whole(half.connectDurationUs),
    [ATTR_ERROR_TYPE]: half.failure,
  });
}

const whole = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.round(value));

function defined(values: Readonly<Record<string, AttributeValue | undefined>>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined),
  );
}

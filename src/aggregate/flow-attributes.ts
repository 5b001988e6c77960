import {
  ATTR_NETWORK_TRANSPORT,
  ATTR_NETWORK_TYPE,
  ATTR_PROCESS_EXECUTABLE_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_PEER_NAME,
  ATTR_SERVICE_PEER_NAMESPACE,
  ATTR_SONDE_FLOW_DIALED_ADDRESS,
  ATTR_SONDE_FLOW_DIALED_PORT,
  ATTR_SONDE_FLOW_ROLE,
  ATTR_SONDE_PEER_ADDRESS,
  ATTR_SONDE_PEER_CONTAINER_ID,
  ATTR_SONDE_PEER_CONTAINER_NAME,
  ATTR_SONDE_PEER_HOST_NAME,
  ATTR_SONDE_PEER_IMAGE,
  ATTR_SONDE_PEER_KIND,
  ATTR_SONDE_PEER_PORT,
} from '../generated/signals.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Flow, HalfFlow, Peer } from '../model/flow.ts';

/** Attributes whose value is there; `key` tells two sets apart. */
export interface FlowAttributes {
  readonly attributes: Attributes;
  readonly key: string;
}

/**
 * What a flow is booked under. Ports of the kernel's choosing never appear: of a client's connection the
 * remote port, of a server's the local one.
 */
export function flowAttributes({ half, peer }: Flow): FlowAttributes {
  const { tuple, role } = half;
  const isClient = role === 'client';
  const attributes: Record<string, string | number> = {
    [ATTR_SONDE_FLOW_ROLE]: role,
    [ATTR_NETWORK_TRANSPORT]: tuple.transport,
    [ATTR_NETWORK_TYPE]: tuple.networkType,
    [ATTR_SERVER_ADDRESS]: isClient ? (half.dialedName ?? tuple.remoteAddress) : tuple.localAddress,
    [ATTR_SERVER_PORT]: isClient ? tuple.remotePort : tuple.localPort,
    [ATTR_SONDE_PEER_KIND]: peer.kind,
  };
  if (half.processName !== undefined) attributes[ATTR_PROCESS_EXECUTABLE_NAME] = half.processName;
  if (isClient) addEndpoint(attributes, half, peer);
  else addDialed(attributes, half, peer);
  addContainer(attributes, peer);
  return { attributes, key: Object.entries(attributes).join('|') };
}

/** Only where translation hid it. */
function addEndpoint(attributes: Record<string, string | number>, { tuple }: HalfFlow, peer: Peer): void {
  if (peer.confidence === 'none') return;
  if (peer.address === tuple.remoteAddress && peer.port === tuple.remotePort) return;
  attributes[ATTR_SONDE_PEER_ADDRESS] = peer.address;
  attributes[ATTR_SONDE_PEER_PORT] = peer.port;
}

function addDialed(attributes: Record<string, string | number>, { tuple }: HalfFlow, peer: Peer): void {
  const dialed = peer.half?.tuple;
  if (!dialed || (dialed.remoteAddress === tuple.localAddress && dialed.remotePort === tuple.localPort)) return;
  attributes[ATTR_SONDE_FLOW_DIALED_ADDRESS] = dialed.remoteAddress;
  attributes[ATTR_SONDE_FLOW_DIALED_PORT] = dialed.remotePort;
}

function addContainer(attributes: Record<string, string | number>, peer: Peer): void {
  const identity = peer.container?.identity;
  if (!identity) return;
  attributes[ATTR_SONDE_PEER_CONTAINER_ID] = identity.id;
  attributes[ATTR_SONDE_PEER_CONTAINER_NAME] = identity.name;
  if (identity.imageName !== undefined) attributes[ATTR_SONDE_PEER_IMAGE] = identity.imageName;
  for (const [source, target] of [
    ['service.name', ATTR_SERVICE_PEER_NAME],
    ['service.namespace', ATTR_SERVICE_PEER_NAMESPACE],
    ['host.name', ATTR_SONDE_PEER_HOST_NAME],
  ] as const) {
    const value = identity.resource[source];
    if (typeof value === 'string') attributes[target] = value;
  }
}

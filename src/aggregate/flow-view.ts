import {
  ATTR_NETWORK_TRANSPORT,
  ATTR_NETWORK_TYPE,
  ATTR_PROCESS_EXECUTABLE_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SONDE_FLOW_ROLE,
} from '../generated/signals.ts';
import type { Container } from '../model/container.ts';
import { displayName } from '../model/display-name.ts';
import type { Peer } from '../model/flow.ts';
import type { FlowRow, FlowRowPeer, FlowView } from '../model/flow-view.ts';
import type { ContainerFlows } from './container-flows.ts';
import type { FlowGroup } from './flow-group.ts';

/** Its JSON stays below what a reader takes, and nobody reads more. */
const MAX_ROWS = 1_000;

export interface FlowViewTimes {
  readonly nowMs: number;
  readonly sinceMs: number;
}

/** What is booked, as rows: most bytes first. */
export function makeFlowView(
  flows: Iterable<readonly [container: Container, flows: ContainerFlows]>,
  { nowMs, sinceMs }: FlowViewTimes,
): FlowView {
  const rows: FlowRow[] = [];
  let lostConnections = 0;
  for (const [container, ofContainer] of flows) {
    lostConnections += ofContainer.lostConnections();
    for (const group of ofContainer.list()) {
      if (group.peer) rows.push(rowOf(container, group, group.peer, ofContainer.isOverflow(group)));
    }
  }
  rows.sort(byBytes);
  const shown = rows.slice(0, MAX_ROWS);
  return { timeMs: nowMs, sinceMs, rows: shown, hiddenRows: rows.length - shown.length, lostConnections };
}

const bytesOf = (row: FlowRow): number => row.transmittedBytes + row.receivedBytes;
const byBytes = (a: FlowRow, b: FlowRow): number =>
  bytesOf(b) - bytesOf(a) || b.activeConnections - a.activeConnections || a.id - b.id;

function rowOf(container: Container, group: FlowGroup, peer: Peer, isOverflow: boolean): FlowRow {
  const { attributes, totals } = group;
  const { failures, opened, closed, failed, ...moved } = totals;
  const role = attributes[ATTR_SONDE_FLOW_ROLE] === 'server' ? 'server' : 'client';
  const process = attributes[ATTR_PROCESS_EXECUTABLE_NAME];
  return {
    id: group.id,
    containerKey: container.key,
    containerName: displayName(container),
    containerImage: container.identity?.imageName,
    process: typeof process === 'string' ? process : undefined,
    role,
    transport: attributes[ATTR_NETWORK_TRANSPORT] === 'udp' ? 'udp' : 'tcp',
    networkType: attributes[ATTR_NETWORK_TYPE] === 'ipv6' ? 'ipv6' : 'ipv4',
    serverAddress: String(attributes[ATTR_SERVER_ADDRESS] ?? ''),
    serverPort: Number(attributes[ATTR_SERVER_PORT] ?? 0),
    peer: isOverflow ? OVERFLOW_PEER : peerOf(peer, role),
    ...moved,
    activeConnections: group.active,
    openedConnections: opened,
    closedConnections: closed,
    failedConnections: failed,
    failures: Object.fromEntries(failures),
  };
}

function peerOf(peer: Peer, role: FlowRow['role']): FlowRowPeer {
  const { kind, container, half, address, port, method, confidence, cause, via } = peer;
  return {
    kind,
    name: container && displayName(container),
    process: half?.processName,
    address,
    port: role === 'client' ? port : undefined,
    method,
    confidence,
    cause,
    viaAddress: via?.address,
    viaPort: via?.port,
  };
}

const OVERFLOW_PEER: FlowRowPeer = {
  kind: 'overflow',
  name: undefined,
  process: undefined,
  address: '',
  port: undefined,
  method: 'local',
  confidence: 'none',
  cause: 'overflow',
  viaAddress: undefined,
  viaPort: undefined,
};

import type { FlowRow, FlowRowPeer, FlowView } from '../../../src/model/flow-view.ts';

/** Views as `aggregate` makes them, from a seed. */
const SERVICES = [
  ['checkout-api', 'node', 'postgres-main', '10.0.3.7', 5432],
  ['web-frontend', 'nginx', 'checkout-api', '172.18.0.5', 8080],
  ['checkout-api', 'node', 'redis-cache', '172.18.0.9', 6379],
  ['batch-worker', 'python3', undefined, '203.0.113.44', 443],
  ['nginx-ingress', 'nginx', 'web-frontend', 'fd00:5::12', 80],
  ['kafka-0', 'java', undefined, '10.9.0.17', 9092],
] as const;

export const CONFIRMED: FlowRowPeer = {
  kind: 'container',
  name: 'redis-cache',
  process: 'redis-server',
  address: '172.18.0.9',
  port: 6379,
  method: 'local',
  confidence: 'confirmed',
  cause: undefined,
  viaAddress: undefined,
  viaPort: undefined,
};

export const UNRESOLVED: FlowRowPeer = {
  ...CONFIRMED,
  kind: 'unknown',
  name: undefined,
  process: undefined,
  method: 'route',
  confidence: 'none',
  cause: 'nat-expired',
};

export function flowRowOf(change: Partial<FlowRow> = {}): FlowRow {
  return {
    id: 1,
    containerKey: '0:40',
    containerName: 'checkout-api',
    containerImage: 'shop/checkout',
    process: 'node',
    role: 'client',
    transport: 'tcp',
    networkType: 'ipv4',
    serverAddress: '172.18.0.9',
    serverPort: 6379,
    peer: CONFIRMED,
    transmittedBytes: 4_096,
    receivedBytes: 1_048_576,
    activeConnections: 2,
    openedConnections: 5,
    closedConnections: 3,
    failedConnections: 0,
    failures: {},
    retransmittedSegments: 0,
    rttUs: 240,
    ...change,
  };
}

export function flowViewOf(count: number, second = 0): FlowView {
  const rows = Array.from({ length: count }, (_, index) => seededRow(index, second));
  const sinceMs = Date.UTC(2026, 10, 24, 11, 0, 0);
  return { timeMs: sinceMs + second * 1000, sinceMs, rows, hiddenRows: 0, lostConnections: 0 };
}

function seededRow(index: number, second: number): FlowRow {
  const [containerName, process, peerName, address, port] = SERVICES[index % SERVICES.length] ?? SERVICES[0];
  const role = index % 4 === 3 ? 'server' : 'client';
  const isUnresolved = index % 6 === 5;
  const resolved: FlowRowPeer = {
    ...CONFIRMED,
    kind: peerName === undefined ? 'external' : 'container',
    name: peerName,
    process: undefined,
    address,
    port: role === 'client' ? port : undefined,
    method: peerName === undefined ? 'external' : index % 2 === 0 ? 'local' : 'published-port',
    confidence: index % 2 === 0 ? 'confirmed' : 'derived',
  };
  return flowRowOf({
    id: index + 1,
    containerKey: `0:${40 + index}`,
    containerName: index < SERVICES.length ? containerName : `${containerName}-${index}`,
    process,
    role,
    transport: index % 7 === 6 ? 'udp' : 'tcp',
    networkType: address.includes(':') ? 'ipv6' : 'ipv4',
    serverAddress: address,
    serverPort: port,
    peer: isUnresolved ? { ...UNRESOLVED, address, port } : resolved,
    transmittedBytes: (count(index) + second * (index % 3)) * 31_337,
    receivedBytes: (count(index) + second * 2) * 104_857,
    activeConnections: index % 5,
    openedConnections: index * 3,
    closedConnections: index * 2,
    failedConnections: index % 4 === 1 ? 2 : 0,
    failures: index % 4 === 1 ? { refused: 2, reset: 1 } : {},
    retransmittedSegments: index % 3,
    rttUs: index % 7 === 6 ? undefined : 180 + index * 77,
  });
}

const count = (index: number): number => 400 / (index + 1);

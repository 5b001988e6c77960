import type { FlowRow, FlowView } from '../../model/flow-view.ts';
import { isRecord } from './wire.ts';

const ROWS_LIMIT = 10_000;
const ROW_TEXTS = ['containerKey', 'containerName', 'serverAddress'] as const;
const ROW_NUMBERS = [
  'id',
  'serverPort',
  'transmittedBytes',
  'receivedBytes',
  'activeConnections',
  'openedConnections',
  'closedConnections',
  'failedConnections',
  'retransmittedSegments',
] as const;
const PEER_TEXTS = ['kind', 'address', 'method', 'confidence'] as const;
const ROLES = ['client', 'server'];

/** Undefined when it is no view of ours: the agent is trusted, a different version of it is not. */
export function parseFlowView(value: unknown): FlowView | undefined {
  if (!isRecord(value) || !Array.isArray(value['rows']) || value['rows'].length > ROWS_LIMIT) return undefined;
  const { timeMs, sinceMs, rows, hiddenRows, lostConnections } = value as Record<string, unknown> & { rows: unknown[] };
  if (![timeMs, sinceMs, hiddenRows, lostConnections].every((number) => typeof number === 'number')) return undefined;
  if (!rows.every(isRow)) return undefined;
  return value as unknown as FlowView;
}

function isRow(value: unknown): value is FlowRow {
  if (!isRecord(value)) return false;
  const peer = value['peer'];
  return (
    ROW_TEXTS.every((name) => typeof value[name] === 'string') &&
    ROW_NUMBERS.every((name) => typeof value[name] === 'number') &&
    ROLES.includes(String(value['role'])) &&
    (value['transport'] === 'tcp' || value['transport'] === 'udp') &&
    isOptional(value['process'], 'string') &&
    isOptional(value['containerImage'], 'string') &&
    isOptional(value['rttUs'], 'number') &&
    isRecord(value['failures']) &&
    Object.values(value['failures']).every((times) => typeof times === 'number') &&
    isRecord(peer) &&
    PEER_TEXTS.every((name) => typeof peer[name] === 'string') &&
    ['name', 'process', 'cause', 'viaAddress'].every((name) => isOptional(peer[name], 'string')) &&
    ['port', 'viaPort'].every((name) => isOptional(peer[name], 'number'))
  );
}

const isOptional = (value: unknown, type: 'string' | 'number'): boolean => value === undefined || typeof value === type;

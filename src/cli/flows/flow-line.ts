import type { FlowRow } from '../../model/flow-view.ts';

/** A row as it is shown: with what it moved in the last seconds. */
export interface FlowLine {
  readonly row: FlowRow;
  /** Undefined until two views were seen. */
  readonly transmittedRateBytesPerSec: number | undefined;
  readonly receivedRateBytesPerSec: number | undefined;
}

/** Of the line in the lists of chosen and opened rows; containers have other keys. */
export const keyOf = ({ row }: FlowLine): string => `flow:${row.id}`;

/** What a line can be sorted by; the order is that of the arrow keys. */
export const FLOW_SORTS = ['container', 'peer', 'bytes', 'rate', 'active', 'failed', 'rtt', 'retransmits'] as const;
export type FlowSort = (typeof FLOW_SORTS)[number];

export const isNameSort = (sort: FlowSort): boolean => sort === 'container' || sort === 'peer';

const VALUES: Readonly<Record<Exclude<FlowSort, 'container' | 'peer'>, (line: FlowLine) => number>> = {
  bytes: ({ row }) => row.transmittedBytes + row.receivedBytes,
  rate: (line) => (line.transmittedRateBytesPerSec ?? 0) + (line.receivedRateBytesPerSec ?? 0),
  active: ({ row }) => row.activeConnections,
  failed: ({ row }) => row.failedConnections,
  rtt: ({ row }) => row.rttUs ?? 0,
  retransmits: ({ row }) => row.retransmittedSegments,
};

/** Largest first, names from A; equal ones by bytes, then as they came, so that nothing jumps. */
export function sortFlows(lines: readonly FlowLine[], sort: FlowSort, isReversed: boolean): FlowLine[] {
  const direction = isReversed ? -1 : 1;
  const byBytes = (a: FlowLine, b: FlowLine) =>
    finite(VALUES.bytes(b)) - finite(VALUES.bytes(a)) || a.row.id - b.row.id;
  if (sort === 'container' || sort === 'peer') {
    const nameOf = sort === 'container' ? (line: FlowLine) => line.row.containerName : peerText;
    const named = lines.map((line) => ({ line, name: nameOf(line) }));
    named.sort((a, b) => direction * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || byBytes(a.line, b.line));
    return named.map(({ line }) => line);
  }
  const value = VALUES[sort];
  return lines.toSorted((a, b) => direction * (finite(value(b)) - finite(value(a))) || byBytes(a, b));
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

/** Case-insensitive part of anything that names one of the ends, or says how it was found. */
export function filterFlows(lines: readonly FlowLine[], filter: string): readonly FlowLine[] {
  const wanted = filter.trim().toLowerCase();
  if (!wanted) return lines;
  return lines.filter((line) => {
    const { row } = line;
    const { peer } = row;
    const texts = [row.containerName, row.containerImage, row.process, serviceText(row), row.role, peerText(line)];
    const more = [
      peer.process,
      endpointText(peer.address, peer.port),
      peer.kind,
      peer.method,
      peer.confidence,
      peer.cause,
    ];
    return [...texts, ...more].some((text) => text?.toLowerCase().includes(wanted));
  });
}

export const isUnresolved = ({ row: { peer } }: FlowLine): boolean =>
  peer.confidence === 'none' && peer.kind !== 'overflow';

/** Who is at the other end; one that nobody could name begins with `?`. */
export function peerText(line: FlowLine): string {
  const { peer } = line.row;
  if (peer.kind === 'overflow') return '(flows over the bound)';
  if (peer.name !== undefined && peer.name !== '') return peer.name;
  const address = endpointText(peer.address, undefined);
  if (peer.kind === 'unknown' || isUnresolved(line)) return `? ${address}`;
  return peer.kind === 'host' ? `host ${peer.process ?? address}` : address;
}

/** The service as dialled, or as it accepted. */
export function serviceText({ serverAddress, serverPort, transport }: FlowRow): string {
  if (serverAddress === '') return '';
  const endpoint = endpointText(serverAddress, serverPort);
  return transport === 'udp' ? `${endpoint}/udp` : endpoint;
}

export function endpointText(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

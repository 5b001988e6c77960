import { displayName } from '../../model/display-name.ts';
import type { ContainerFrame } from '../../model/frame.ts';

/** What a row can be sorted by; the order is that of the arrow keys. */
export const SORTS = ['name', 'cpu', 'memory', 'syscalls', 'errors', 'file', 'network', 'processes'] as const;
export type Sort = (typeof SORTS)[number];

const VALUES: Readonly<Record<Exclude<Sort, 'name'>, (row: ContainerFrame) => number>> = {
  cpu: (row) => row.cpuRatio,
  memory: (row) => row.memoryBytes,
  syscalls: (row) => row.syscalls,
  errors: (row) => row.syscallErrors,
  file: (row) => row.fileReadBytes + row.fileWrittenBytes,
  network: (row) => row.networkReceivedBytes + row.networkTransmittedBytes,
  processes: (row) => row.processes,
};

/** Largest first, names from A; equal rows keep the order of their names, so that nothing jumps. */
export function sortRows(rows: readonly ContainerFrame[], sort: Sort, isReversed: boolean): ContainerFrame[] {
  const named = rows.map((row) => ({ row, name: displayName(row.container) }));
  const byName = (a: { name: string; row: ContainerFrame }, b: { name: string; row: ContainerFrame }): number =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.row.container.key < b.row.container.key ? -1 : 1;
  const direction = isReversed ? -1 : 1;
  const compare: typeof byName =
    sort === 'name'
      ? (a, b) => direction * byName(a, b)
      : (a, b) => direction * (finite(VALUES[sort](b.row)) - finite(VALUES[sort](a.row))) || byName(a, b);
  return named.sort(compare).map(({ row }) => row);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** Case-insensitive part of the name, image, id, runtime or cgroup path. */
export function filterRows(rows: readonly ContainerFrame[], filter: string): readonly ContainerFrame[] {
  const wanted = filter.trim().toLowerCase();
  if (!wanted) return rows;
  return rows.filter(({ container }) => {
    const { identity } = container;
    const texts = [container.cgroupPath, identity?.name, identity?.imageName, identity?.id, identity?.runtime];
    return texts.some((text) => text?.toLowerCase().includes(wanted));
  });
}

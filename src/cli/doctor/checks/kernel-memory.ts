import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AREA_NAMES, CLASS_NAMES, SLOT } from '../../../generated/layout.ts';
import { formatBytes } from '../../format.ts';
import { type Check, finding, ok } from '../check.ts';

export const KERNEL_MEMORY_BUDGET_BYTES = 32 * 1024 * 1024;
const CALL_BYTES = 16;
const FILE_AREA_BYTES = 16;
/** One CPU's cells of one slot: struct sd_cell. */
const CELL_BYTES = CLASS_NAMES.length * CALL_BYTES + AREA_NAMES.length * FILE_AREA_BYTES;

interface BpfMap {
  readonly valueBytes: number;
  readonly entries: number;
  readonly chargedBytes: number;
}

/**
 * Memory of the BPF maps as the kernel charges it to the process that holds them, with the formula's
 * factors: cells are (CPUs × slots) × bytes, the rest does not grow with CPUs.
 */
export function kernelMemoryCheck(procDir: string, pid: number): Check {
  const id = 'budget.kernel-memory';
  const title = 'Kernel memory';
  const maps = readMaps(join(procDir, String(pid), 'fdinfo'));
  const budget = formatBytes(KERNEL_MEMORY_BUDGET_BYTES);
  if (!maps || maps.length === 0)
    return ok(id, title, `not measured: maps of process ${pid} cannot be read; limit ${budget}`);
  const totalBytes = maps.reduce((sum, map) => sum + map.chargedBytes, 0);
  const cells = maps.find((map) => map.valueBytes === CELL_BYTES);
  const slots = maps.find((map) => map.valueBytes === SLOT.sizeBytes)?.entries ?? 0;
  const cpus = cells && slots > 0 ? Math.round(cells.entries / slots) : 0;
  const formula =
    cells && cpus > 0
      ? `${cpus} CPUs × ${slots} slots × ${CELL_BYTES} B + ${formatBytes(totalBytes - cells.chargedBytes)} = `
      : '';
  const detail = `${formula}${formatBytes(totalBytes)}, limit ${budget}`;
  return totalBytes <= KERNEL_MEMORY_BUDGET_BYTES
    ? ok(id, title, detail)
    : finding('warn', 'SND_AGT_MEMORY', id, title, detail);
}

/** Each map once, though several descriptors may refer to it. */
function readMaps(fdinfoDir: string): BpfMap[] | undefined {
  const maps = new Map<string, BpfMap>();
  try {
    for (const fd of readdirSync(fdinfoDir)) {
      const text = readText(join(fdinfoDir, fd));
      const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1]);
      const mapId = field('map_id');
      if (!Number.isNaN(mapId)) {
        maps.set(String(mapId), {
          valueBytes: field('value_size'),
          entries: field('max_entries'),
          chargedBytes: field('memlock'),
        });
      }
    }
  } catch {
    return undefined;
  }
  return [...maps.values()];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

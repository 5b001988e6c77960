import {
  ATTR_DISK_IO_DIRECTION,
  ATTR_FILE_PATH,
  ATTR_SONDE_FILE_AREA,
  ATTR_SONDE_FILE_OPERATION,
  METRIC_SONDE_FILE_HOT,
  METRIC_SONDE_FILE_IO,
  METRIC_SONDE_FILE_OPERATIONS,
} from '../generated/signals.ts';
import type { HotFile, SlotCells } from '../model/snapshot.ts';
import type { CellNames } from './readings.ts';
import { raise, type SeriesSet } from './series-set.ts';

const HOT_FILES = 20;
const DIRECTIONS = ['read', 'write'] as const;

/** Books file bytes and operations by area, and the busiest files of an export interval. */
export class FileSeries {
  private readonly set: SeriesSet;
  private readonly names: CellNames;
  private readonly startMs: number;
  private previousBytes = new Map<string, number>();
  private hotKeys = new Set<string>();

  constructor(set: SeriesSet, names: CellNames, startMs: number) {
    this.set = set;
    this.names = names;
    this.startMs = startMs;
  }

  book(cells: SlotCells): void {
    const { areas, operations } = this.names;
    for (const [a, area] of areas.entries()) {
      for (const [d, direction] of DIRECTIONS.entries()) {
        const bytes = cells.fileBytes[a * DIRECTIONS.length + d] ?? 0;
        if (bytes === 0) continue;
        const series = this.set.get(METRIC_SONDE_FILE_IO, `${area}|${direction}`, this.startMs, () => ({
          [ATTR_DISK_IO_DIRECTION]: direction,
          ...areaAttribute(area),
        }));
        raise(series, bytes);
      }
      for (const [o, operation] of operations.entries()) {
        const count = cells.fileOperations[a * operations.length + o] ?? 0;
        if (count === 0) continue;
        const series = this.set.get(METRIC_SONDE_FILE_OPERATIONS, `${area}|${operation}`, this.startMs, () => ({
          [ATTR_SONDE_FILE_OPERATION]: operation,
          ...areaAttribute(area),
        }));
        raise(series, count);
      }
    }
  }

  /** Once per export interval: gauges of the bytes since the last call; files that fell out end. */
  bookHot(files: readonly HotFile[], nowMs: number): void {
    const moved: { path: string; direction: string; bytes: number }[] = [];
    const current = new Map<string, number>();
    for (const file of files) {
      for (const [direction, total] of [
        ['read', file.readBytes],
        ['write', file.writtenBytes],
      ] as const) {
        const key = `${direction}|${file.path}`;
        const sum = (current.get(key) ?? 0) + total;
        current.set(key, sum);
      }
    }
    for (const [key, total] of current) {
      const before = this.previousBytes.get(key) ?? 0;
      const bytes = total >= before ? total - before : total;
      const bar = key.indexOf('|');
      if (bytes > 0) moved.push({ direction: key.slice(0, bar), path: key.slice(bar + 1), bytes });
    }
    this.previousBytes = current;
    moved.sort((a, b) => b.bytes - a.bytes);
    const paths = new Set<string>();
    const keys = new Set<string>();
    for (const { path, direction, bytes } of moved) {
      if (!paths.has(path) && paths.size === HOT_FILES) continue;
      paths.add(path);
      const key = `${direction}|${path}`;
      keys.add(key);
      this.hotKeys.delete(key);
      const series = this.set.get(METRIC_SONDE_FILE_HOT, key, nowMs, () => ({
        [ATTR_DISK_IO_DIRECTION]: direction,
        [ATTR_FILE_PATH]: path,
      }));
      series.value = bytes;
    }
    for (const key of this.hotKeys) this.set.end(METRIC_SONDE_FILE_HOT, key);
    this.hotKeys = keys;
  }
}

const areaAttribute = (area: string): Record<string, string> =>
  area === 'none' ? {} : { [ATTR_SONDE_FILE_AREA]: area };

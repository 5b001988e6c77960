import { US_PER_S } from '../../units.ts';
import { assignedOf } from '../proc/fields.ts';
import { emptyPressure, type FileSpec } from './fields.ts';

const RESOURCES = [
  ['cpu', 'cpuSomeS', 'cpuFullS'],
  ['memory', 'memorySomeS', 'memoryFullS'],
  ['io', 'ioSomeS', 'ioFullS'],
] as const;

/** PSI exists in v2 directories only, also in one without controllers (hybrid). */
export function pressureFiles(dir: string): FileSpec[] {
  return RESOURCES.map(([resource, someField, fullField]) => ({
    path: `${dir}/${resource}.pressure`,
    isLimit: false,
    parse(text, into) {
      into.pressure ??= emptyPressure();
      for (const line of text.split('\n')) {
        const totalUs = assignedOf(line, 'total');
        if (totalUs === undefined) continue;
        if (line.startsWith('some ')) into.pressure[someField] = totalUs / US_PER_S;
        else if (line.startsWith('full ')) into.pressure[fullField] = totalUs / US_PER_S;
      }
    },
  }));
}

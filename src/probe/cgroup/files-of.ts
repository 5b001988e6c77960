import { existsSync } from 'node:fs';
import type { Hierarchy } from '../probe.ts';
import type { FileSpec } from './fields.ts';
import { pressureFiles } from './pressure.ts';
import { type ControllerDir, findControllers, v1CpuFiles, v1Files } from './v1-files.ts';
import { v2CpuStat, v2Files } from './v2-files.ts';

export interface CgroupFiles {
  /** The first of them tells whether any CPU time passed since the last reading. */
  readonly cpu: readonly FileSpec[];
  readonly rest: readonly FileSpec[];
}

/** Decides once which files exist on this host; then names them for any cgroup path. */
export function createFilesOf(cgroupDir: string, hierarchy: Hierarchy): (cgroupPath: string) => CgroupFiles {
  if (hierarchy.mode === 'v2') {
    return (cgroupPath) => {
      const dir = hierarchy.mountPoint + cgroupPath;
      return { cpu: [v2CpuStat(dir)], rest: [...v2Files(dir), ...pressureFiles(dir)] };
    };
  }
  const controllers = findControllers(cgroupDir);
  const unifiedDir = hierarchy.mode === 'hybrid' ? hierarchy.mountPoint : `${cgroupDir}/unified`;
  return (cgroupPath) => {
    const dirOf: ControllerDir = (controller) => {
      const dir = controllers.get(controller);
      return dir === undefined ? undefined : dir + cgroupPath;
    };
    const v2Dir = unifiedDir + cgroupPath;
    // A v2 directory without controllers still has exact CPU times by mode, and PSI.
    const hasV2 = cgroupPath !== '/' && existsSync(`${v2Dir}/cpu.stat`);
    return {
      cpu: hasV2 ? [v2CpuStat(v2Dir)] : v1CpuFiles(dirOf),
      rest: [...v1Files(dirOf), ...(hasV2 ? pressureFiles(v2Dir) : [])],
    };
  };
}

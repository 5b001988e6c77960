import type { CellNames, Readings } from '../../../src/aggregate/readings.ts';
import type { Container } from '../../../src/model/container.ts';
import { pidOf, type Slot, slotOf } from '../../../src/model/ids.ts';
import type { Series } from '../../../src/model/series.ts';
import type { CgroupSample, HotFile, ProcessSample, SlotCells } from '../../../src/model/snapshot.ts';

export const NAMES: CellNames = {
  classes: ['other', 'file.read', 'net.connect'],
  areas: ['none', 'rootfs', 'tmp'],
  operations: ['open', 'create', 'close', 'unlink', 'rename', 'fsync'],
};

export function emptyCells(slot: Slot = slotOf(1)): { -readonly [K in keyof SlotCells]: SlotCells[K] } {
  return {
    slot,
    calls: new Float64Array(NAMES.classes.length),
    errors: new Float64Array(NAMES.classes.length),
    fileBytes: new Float64Array(NAMES.areas.length * 2),
    fileOperations: new Float64Array(NAMES.areas.length * NAMES.operations.length),
    errnos: [],
    starts: 0,
    execs: 0,
    exits: 0,
    lostStarts: 0,
    lostExecs: 0,
    lostExits: 0,
    oomKills: 0,
    endedCpuNs: 0,
    endedUserNs: 0,
    endedSystemNs: 0,
    lostFlows: 0,
    lostFlowFailures: 0,
    lostFlowSentBytes: 0,
    lostFlowReceivedBytes: 0,
    durations: [],
  };
}

export function makeContainer(over: Partial<Container> = {}): Container {
  return {
    key: '0:42',
    slot: slotOf(1),
    cgroupPath: '/docker/abc',
    startedMs: 1_000,
    isPreexisting: false,
    initPid: pidOf(7),
    identity: {
      id: 'abc',
      name: 'web',
      runtime: 'docker',
      imageName: 'nginx',
      imageTags: [],
      labels: {},
      resource: { 'container.id': 'abc', 'container.name': 'web' },
      restarts: undefined,
    },
    endedMs: undefined,
    ...over,
  };
}

/** Readings whose fields a test sets: the world as the kernel would show it. */
export interface World {
  cells: ReturnType<typeof emptyCells>;
  overflowCells: ReturnType<typeof emptyCells>;
  sample: CgroupSample | undefined;
  processes: readonly ProcessSample[];
  hotFiles: readonly HotFile[];
  lostRecords: number;
}

export function makeWorld(): World {
  return {
    cells: emptyCells(),
    overflowCells: emptyCells(slotOf(0)),
    sample: undefined,
    processes: [],
    hotFiles: [],
    lostRecords: 0,
  };
}

export function readingsOf(world: World): Readings {
  return {
    cells: (slot) => (slot === 0 ? world.overflowCells : world.cells),
    cgroup: () => world.sample,
    processes: () => world.processes,
    host: () => undefined,
    hotFiles: () => world.hotFiles,
    lost: () => (world.lostRecords > 0 ? { 'ring-full': world.lostRecords } : {}),
  };
}

export function makeProcess(pid: number, cpuS: number, over: Partial<ProcessSample> = {}): ProcessSample {
  return {
    pid: pidOf(pid),
    name: `p${pid}`,
    startedMs: 500,
    cpuUserS: cpuS,
    cpuSystemS: 0,
    rssBytes: 1000,
    virtualBytes: 2000,
    threads: 1,
    openFiles: 3,
    readBytes: 0,
    writtenBytes: 0,
    ...over,
  };
}

/** `name{attr=value,…}` → number, for plain comparisons. */
export function valuesOf(series: readonly Series[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { metric, attributes, value } of series) {
    const labels = Object.entries(attributes)
      .map(([k, v]) => `${k}=${v}`)
      .sort()
      .join(',');
    out[`${metric.name}{${labels}}`] = typeof value === 'number' ? value : value.count;
  }
  return out;
}

import type { CgroupSample, NetworkIo } from '../../model/snapshot.ts';
import type { ContainerNetwork } from './container-network.ts';
import { type CgroupFields, emptyFields, type FileSpec } from './fields.ts';
import type { CgroupFiles } from './files-of.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';
import { splitCpu } from './v1-files.ts';

/** Memory given back and bytes received cost no CPU time of the container: look at all files this often. */
const FULL_EVERY_MS = 10_000;

interface OpenSpec {
  readonly spec: FileSpec;
  readonly file: OpenFile;
}

/** All files of one container. Nothing is read while its CPU time stands still. */
export class CgroupReader {
  private readonly cpu: readonly OpenSpec[];
  private readonly rest: readonly OpenSpec[];
  private readonly network: ContainerNetwork | undefined;
  private readonly fields: CgroupFields = emptyFields();
  private cpuText: string | undefined;
  private last: CgroupSample | undefined;
  private fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(files: CgroupFiles, openFiles: OpenFiles, network: ContainerNetwork | undefined) {
    const open = (spec: FileSpec): OpenSpec => ({ spec, file: openFiles.open(spec.path) });
    this.cpu = files.cpu.map(open);
    this.rest = files.rest.map(open);
    this.network = network;
  }

  sample(nowMs: number, isFresh: boolean): CgroupSample | undefined {
    const isDue = isFresh || nowMs - this.fullAtMs >= FULL_EVERY_MS;
    const [gate, ...others] = this.cpu;
    const text = gate?.file.read();
    if (!isDue && text === this.cpuText) return this.last;
    this.cpuText = text;
    if (gate !== undefined && text !== undefined) gate.spec.parse(text, this.fields);
    for (const open of others) this.readOne(open);
    splitCpu(this.fields);
    for (const open of this.rest) if (isDue || !open.spec.isLimit) this.readOne(open);
    if (isDue) this.fullAtMs = nowMs;
    const network = this.network?.read() ?? [];
    if (this.last !== undefined || !isNothing(this.fields, network)) this.last = toSample(this.fields, network);
    return this.last;
  }

  close(): void {
    for (const { file } of [...this.cpu, ...this.rest]) file.close();
    this.network?.close();
  }

  private readOne(open: OpenSpec): void {
    const text = open.file.read();
    if (text !== undefined) open.spec.parse(text, this.fields);
  }
}

/** The cgroup was gone before its first reading: no sample is better than one of nothing. */
function isNothing(fields: CgroupFields, network: readonly NetworkIo[]): boolean {
  return fields.cpuUserS === undefined && fields.memoryUsageBytes === undefined && network.length === 0;
}

function toSample(fields: CgroupFields, network: readonly NetworkIo[]): CgroupSample {
  const { memoryUsageBytes, memoryInactiveFileBytes } = fields;
  return {
    cpuUserS: fields.cpuUserS,
    cpuSystemS: fields.cpuSystemS,
    cpuThrottledS: fields.cpuThrottledS,
    cpuThrottledPeriods: fields.cpuThrottledPeriods,
    cpuPeriods: fields.cpuPeriods,
    cpuLimitCpus: fields.cpuLimitCpus,
    memoryUsageBytes,
    memoryWorkingSetBytes:
      memoryUsageBytes === undefined ? undefined : Math.max(0, memoryUsageBytes - (memoryInactiveFileBytes ?? 0)),
    memoryRssBytes: fields.memoryRssBytes,
    memoryLimitBytes: fields.memoryLimitBytes,
    memoryPageFaults: fields.memoryPageFaults,
    memoryMajorPageFaults: fields.memoryMajorPageFaults,
    disk: fields.disk,
    network,
    pressure: fields.pressure === undefined ? undefined : { ...fields.pressure },
    pids: fields.pids,
  };
}

import type { Container } from '../../model/container.ts';
import type { ContainerFrame, Frame } from '../../model/frame.ts';
import type { SourceStatus } from '../../model/frame-source.ts';

/** One line of the live stream. `skippedFrames`: frames this reader was too slow for, since it connected. */
export interface LiveLine {
  readonly frame: Frame;
  readonly status: SourceStatus;
  readonly skippedFrames: number;
}

/** The frame as JSON: a container by what names it; labels and resource attributes stay in the agent. */
export function frameJson(frame: Frame): string {
  return JSON.stringify({ ...frame, containers: frame.containers.map(flat) });
}

export function liveLine(frame: Frame, status: SourceStatus, skippedFrames: number): string {
  return joinLine(frameJson(frame), status, skippedFrames);
}

/** For several readers of one frame: its JSON is made once. */
export function joinLine(json: string, status: SourceStatus, skippedFrames: number): string {
  return `{"frame":${json},"status":${JSON.stringify(status)},"skippedFrames":${skippedFrames}}\n`;
}

/** Undefined when the line is not one of ours. The agent is trusted; a different version of it is not. */
export function parseLiveLine(line: string): LiveLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['frame']) || !isRecord(value['status'])) return undefined;
  const frame = value['frame'];
  const wireContainers = frame['containers'];
  if (!Array.isArray(wireContainers) || typeof frame['timeMs'] !== 'number' || !isRecord(frame['lost']))
    return undefined;
  const containers: ContainerFrame[] = [];
  for (const entry of wireContainers) {
    if (!isContainerEntry(entry)) return undefined;
    containers.push({ ...entry, container: containerOf(entry.container) });
  }
  const skippedFrames = typeof value['skippedFrames'] === 'number' ? value['skippedFrames'] : 0;
  return {
    frame: { ...(frame as unknown as Frame), containers },
    status: value['status'] as unknown as SourceStatus,
    skippedFrames,
  };
}

interface WireContainer {
  readonly key: string;
  readonly slot: Container['slot'];
  readonly cgroupPath: string;
  readonly startedMs: number;
  readonly name?: string;
  readonly id?: string;
  readonly image?: string;
  readonly runtime?: string;
}

type WireEntry = Omit<ContainerFrame, 'container'> & { readonly container: WireContainer };

function flat(entry: ContainerFrame): WireEntry {
  const { key, slot, cgroupPath, startedMs, identity } = entry.container;
  const container: WireContainer = { key, slot, cgroupPath, startedMs };
  if (!identity) return { ...entry, container };
  const { name, id, runtime, imageName } = identity;
  return {
    ...entry,
    container: { ...container, name, id, runtime, ...(imageName === undefined ? {} : { image: imageName }) },
  };
}

function containerOf(wire: WireContainer): Container {
  const { key, slot, cgroupPath, startedMs } = wire;
  const identity =
    wire.id === undefined
      ? undefined
      : {
          id: wire.id,
          name: wire.name ?? '',
          runtime: wire.runtime ?? '',
          imageName: wire.image,
          imageTags: [],
          labels: {},
          resource: {},
          restarts: undefined,
        };
  return { key, slot, cgroupPath, startedMs, isPreexisting: false, initPid: undefined, identity, endedMs: undefined };
}

const LISTS = ['topProcesses', 'topClasses', 'hotFiles'] as const;

function isContainerEntry(value: unknown): value is WireEntry {
  if (!isRecord(value) || !isRecord(value['container'])) return false;
  if (typeof value['container']['key'] !== 'string' || typeof value['container']['cgroupPath'] !== 'string')
    return false;
  return typeof value['cpuRatio'] === 'number' && LISTS.every((name) => Array.isArray(value[name]));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

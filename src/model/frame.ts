import type { Container } from './container.ts';
import type { Pid } from './ids.ts';
import type { HostSample } from './snapshot.ts';

/** What happened in one second, per container. Rates are per second; levels are as last read. */
export interface Frame {
  readonly timeMs: number;
  /** Seconds the frame covers; more than about 1 after a stall. */
  readonly elapsedS: number;
  readonly containers: readonly ContainerFrame[];
  readonly host: HostSample | undefined;
  /** Records lost in the second, by reason; empty when complete. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface ContainerFrame {
  readonly container: Container;
  readonly cpuRatio: number;
  readonly cpuLimitCpus: number | undefined;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | undefined;
  readonly syscalls: number;
  readonly syscallErrors: number;
  readonly fileReadBytes: number;
  readonly fileWrittenBytes: number;
  readonly fileOpens: number;
  readonly networkReceivedBytes: number;
  readonly networkTransmittedBytes: number;
  readonly processes: number;
  readonly processStarts: number;
  readonly processExits: number;
  readonly oomKills: number;
  readonly topProcesses: readonly ProcessFrame[];
  /** Busiest syscall classes of this second: class name → calls, errors. */
  readonly topClasses: readonly { readonly name: string; readonly calls: number; readonly errors: number }[];
  readonly hotFiles: readonly { readonly path: string; readonly bytes: number }[];
}

export interface ProcessFrame {
  readonly pid: Pid;
  readonly name: string;
  readonly cpuRatio: number;
  readonly rssBytes: number;
}

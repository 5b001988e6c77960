import { openNativeAddon } from '../kernel/native-addon.ts';

/** Numbers of `enum class ReportKind` in native/net/report.h. */
export const REPORT = {
  opened: 1,
  openFailed: 2,
  routeDumpBegin: 3,
  routeBytes: 4,
  routeDumpEnd: 5,
  routeEvent: 6,
  natDumpBegin: 7,
  natBytes: 8,
  natDumpEnd: 9,
  natEvent: 10,
  overrun: 11,
  namespaceIds: 12,
  holderExited: 13,
} as const;

/** What was overrun: `enum class Overrun`. */
export const OVERRUN_REASONS = ['route-overrun', 'nat-overrun', 'queue-full'] as const;

export interface NetLimits {
  /** Reports that wait for JS. */
  readonly queueBytes: number;
  /** One dump of one namespace's tables. */
  readonly dumpBytes: number;
  /** Kernel's queue of one event socket. */
  readonly receiveBufferBytes: number;
}

export type ReportHandler = (kind: number, id: number, value: number, bytes: Uint8Array | undefined) => void;

/** The thread that reads netlink; see native/net/net_reader.cc. */
export interface NetReader {
  open(id: number, path: string, holderPid: number, wantsNat: boolean): void;
  close(id: number): void;
  resync(id: number): void;
  numbers(id: number, others: readonly number[]): void;
  stop(): void;
}

export function openNetReader(handler: ReportHandler, limits: NetLimits): NetReader {
  const { NetReader } = openNativeAddon() as unknown as {
    readonly NetReader: new (handler: ReportHandler, limits: NetLimits) => NetReader;
  };
  return new NetReader(handler, limits);
}

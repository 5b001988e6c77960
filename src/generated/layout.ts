// Generated from the BTF of build/sonde.bpf.o by scripts/generate-layout.ts. Do not edit.

/** Number of each ring record, as in bpf/events/list.h. */
export const EVENT_NUMBERS = {
  slotOpened: 1,
  slotClosed: 2,
  cgroupMade: 3,
  processStarted: 4,
  processExeced: 5,
  processExited: 6,
  oomKilled: 7,
  flowOpened: 8,
  flowClosed: 9,
  flowFailed: 10,
  flowCounted: 11,
  flowAlive: 12,
  dnsReceived: 13,
} as const;
export type KernelEventName = keyof typeof EVENT_NUMBERS;

export const EV_HEADER = {
  sizeBytes: 16,
  event: 0,
  recordBytes: 2,
  slot: 4,
  cpu: 6,
  bootNs: 8,
} as const;

export const EV_SLOT_OPENED = {
  sizeBytes: 296,
  cgroupId: 16,
  hierarchyId: 24,
  pid: 28,
  netnsInode: 32,
  pathBytes: 36,
  path: 40,
  pathCapacityBytes: 256,
} as const;

export const EV_SLOT_CLOSED = {
  sizeBytes: 16,
} as const;

export const EV_CGROUP_MADE = {
  sizeBytes: 288,
  cgroupId: 16,
  hierarchyId: 24,
  pathBytes: 28,
  path: 32,
  pathCapacityBytes: 256,
} as const;

export const EV_PROCESS_STARTED = {
  sizeBytes: 40,
  pid: 16,
  parentPid: 20,
  name: 24,
  nameCapacityBytes: 16,
} as const;

export const EV_PROCESS_EXECED = {
  sizeBytes: 296,
  pid: 16,
  fileNameBytes: 20,
  name: 24,
  nameCapacityBytes: 16,
  fileName: 40,
  fileNameCapacityBytes: 256,
} as const;

export const EV_PROCESS_EXITED = {
  sizeBytes: 48,
  pid: 16,
  status: 20,
  isContainerInit: 24,
  name: 32,
  nameCapacityBytes: 16,
} as const;

export const EV_OOM_KILLED = {
  sizeBytes: 40,
  pid: 16,
  name: 24,
  nameCapacityBytes: 16,
} as const;

export const EV_FLOW_OPENED = {
  sizeBytes: 152,
  ends: 16,
  counts: 112,
} as const;

export const EV_FLOW_CLOSED = {
  sizeBytes: 160,
  ends: 16,
  counts: 112,
  error: 152,
} as const;

export const EV_FLOW_FAILED = {
  sizeBytes: 120,
  ends: 16,
  error: 112,
} as const;

export const EV_FLOW_COUNTED = {
  sizeBytes: 88,
  id: 16,
  pid: 24,
  name: 32,
  nameCapacityBytes: 16,
  counts: 48,
} as const;

export const EV_FLOW_ALIVE = {
  sizeBytes: 24,
  id: 16,
} as const;

export const EV_DNS_RECEIVED = {
  sizeBytes: 560,
  flowId: 16,
  queryNs: 24,
  pid: 32,
  receivedBytes: 36,
  transport: 44,
  dataBytes: 46,
  data: 48,
  dataCapacityBytes: 512,
} as const;

export const FLOW_ENDS = {
  sizeBytes: 96,
  id: 0,
  openedNs: 8,
  localAddress: 16,
  localAddressCapacityBytes: 16,
  remoteAddress: 32,
  remoteAddressCapacityBytes: 16,
  localPort: 48,
  remotePort: 50,
  netnsInode: 52,
  pid: 56,
  ownIsn: 60,
  peerIsn: 64,
  connectUs: 68,
  slot: 72,
  transport: 74,
  role: 75,
  flags: 76,
  isOwned: 77,
  isAnnounced: 78,
  isChanged: 79,
  name: 80,
  nameCapacityBytes: 16,
} as const;

export const FLOW_COUNTS = {
  sizeBytes: 40,
  sentBytes: 0,
  receivedBytes: 8,
  sentMessages: 16,
  receivedMessages: 24,
  retransmits: 32,
  rttUs: 36,
} as const;

export const SLOT = {
  sizeBytes: 1600,
  key: 0,
  pid: 8,
  netnsInode: 12,
  mntnsInode: 16,
  pidnsInode: 20,
  isOpenLost: 24,
  isCloseLost: 28,
  starts: 32,
  execs: 40,
  exits: 48,
  lostStarts: 56,
  lostExecs: 64,
  lostExits: 72,
  oomKills: 80,
  endedCpuNs: 88,
  endedUserNs: 96,
  endedSystemNs: 104,
  lostFlows: 112,
  lostFailures: 120,
  lostSentBytes: 128,
  lostReceivedBytes: 136,
  operations: 144,
  operationsCapacityBytes: 432,
  errnos: 576,
  errnosCapacityBytes: 1024,
} as const;

export const HOT = {
  sizeBytes: 296,
  inodeNumber: 0,
  inodeGeneration: 8,
  slot: 12,
  pathBytes: 14,
  state: 16,
  epoch: 20,
  bytes: 24,
  bytesCapacityBytes: 16,
  path: 40,
  pathCapacityBytes: 256,
} as const;

/** Index = role number of a flow. */
export const ROLE_NAMES = ['unknown', 'client', 'server'] as const;

/** Bits of `FLOW_ENDS.flags`. */
export const FLOW_FLAGS = {
  old: 1,
  printed: 2,
  sentAll: 4,
  lingers: 8,
  aborted: 16,
} as const;

/** Index = class number in cells. */
export const CLASS_NAMES = [
  'other',
  'file.read',
  'file.write',
  'file.open',
  'file.close',
  'file.stat',
  'file.seek',
  'file.sync',
  'file.lock',
  'file.unlink',
  'file.rename',
  'file.link',
  'file.truncate',
  'file.mode',
  'file.xattr',
  'file.copy',
  'file.access',
  'dir.list',
  'dir.make',
  'dir.change',
  'fd.duplicate',
  'fd.control',
  'fd.ioctl',
  'fd.pipe',
  'fd.event',
  'fs.mount',
  'fs.stat',
  'fs.watch',
  'poll.wait',
  'poll.control',
  'net.socket',
  'net.bind',
  'net.connect',
  'net.accept',
  'net.send',
  'net.receive',
  'net.shutdown',
  'net.option',
  'net.name',
  'memory.map',
  'memory.unmap',
  'memory.protect',
  'memory.break',
  'memory.advise',
  'memory.share',
  'process.clone',
  'process.exec',
  'process.wait',
  'process.kill',
  'process.identity',
  'process.credential',
  'process.limit',
  'process.control',
  'process.namespace',
  'signal.handle',
  'signal.wait',
  'sched.policy',
  'sync.futex',
  'time.read',
  'time.sleep',
  'time.timer',
  'io.async',
  'kernel.info',
  'kernel.admin',
] as const;

/** Index = area number in cells; `none` where the call does not tell. */
export const AREA_NAMES = ['rootfs', 'volume', 'tmp', 'proc', 'dev', 'sock', 'pipe', 'other', 'none'] as const;

/** Index = operation number in cells. */
export const OPERATION_NAMES = ['open', 'create', 'close', 'unlink', 'rename', 'fsync'] as const;

export const OPERATION_COUNT = OPERATION_NAMES.length;

/** Index = reason number in the kernel side. */
export const KERNEL_DROP_NAMES = [
  'ring_full',
  'no_slot',
  'table_full',
  'joining_full',
  'errno_full',
  'hot_full',
  'path_cut',
  'no_storage',
  'udp_peers_full',
  'payload_full',
] as const;

/** Histograms of level `latency`: index = place in the cells, value = class number. */
export const TIMED_CLASSES: readonly number[] = [1, 2, 3, 5, 7, 9, 15, 28, 32, 33, 34, 35, 39, 45, 46, 57];
export const DURATION_BUCKETS = 40;
export const ERRNO_COUNT = 64;

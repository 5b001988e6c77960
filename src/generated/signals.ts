// Generated from otel-config/signals.yaml by `npm run generate`. Do not edit.

export type MetricKind = 'counter' | 'updown' | 'gauge' | 'exponential_histogram' | 'histogram';

export interface MetricSpec {
  readonly name: string;
  readonly unit: string;
  readonly kind: MetricKind;
  readonly isInteger: boolean;
  readonly bound: number;
  readonly description: string;
}

export const ATTR_CPU_MODE = 'cpu.mode';
export const ATTR_CPU_LOGICAL_NUMBER = 'cpu.logical_number';
export const ATTR_DISK_IO_DIRECTION = 'disk.io.direction';
export const ATTR_NETWORK_IO_DIRECTION = 'network.io.direction';
export const ATTR_NETWORK_INTERFACE_NAME = 'network.interface.name';
export const ATTR_SYSTEM_DEVICE = 'system.device';
export const ATTR_SYSTEM_MEMORY_STATE = 'system.memory.state';
export const ATTR_SONDE_SYSCALL_CLASS = 'sonde.syscall.class';
export const ATTR_ERROR_TYPE = 'error.type';
export const ATTR_SONDE_FILE_OPERATION = 'sonde.file.operation';
export const ATTR_SONDE_FILE_AREA = 'sonde.file.area';
export const ATTR_FILE_PATH = 'file.path';
export const ATTR_PROCESS_PID = 'process.pid';
export const ATTR_PROCESS_EXECUTABLE_NAME = 'process.executable.name';
export const ATTR_PROCESS_EXIT_CODE = 'process.exit.code';
export const ATTR_SYSTEM_PAGING_FAULT_TYPE = 'system.paging.fault.type';
export const ATTR_SONDE_PRESSURE_RESOURCE = 'sonde.pressure.resource';
export const ATTR_SONDE_PRESSURE_KIND = 'sonde.pressure.kind';
export const ATTR_SONDE_STAGE = 'sonde.stage';
export const ATTR_SONDE_OUTCOME = 'sonde.outcome';
export const ATTR_SONDE_REASON = 'sonde.reason';
export const ATTR_SONDE_PROGRAM = 'sonde.program';
export const ATTR_SONDE_VERSION = 'sonde.version';
export const ATTR_SONDE_MAP = 'sonde.map';
export const ATTR_SONDE_FLOW_ROLE = 'sonde.flow.role';
export const ATTR_SONDE_FLOW_EVENT = 'sonde.flow.event';
export const ATTR_SONDE_FLOW_DIALED_ADDRESS = 'sonde.flow.dialed.address';
export const ATTR_SONDE_FLOW_DIALED_PORT = 'sonde.flow.dialed.port';
export const ATTR_NETWORK_TRANSPORT = 'network.transport';
export const ATTR_NETWORK_TYPE = 'network.type';
export const ATTR_SERVER_ADDRESS = 'server.address';
export const ATTR_SERVER_PORT = 'server.port';
export const ATTR_SONDE_PEER_KIND = 'sonde.peer.kind';
export const ATTR_SONDE_PEER_CONTAINER_ID = 'sonde.peer.container.id';
export const ATTR_SONDE_PEER_CONTAINER_NAME = 'sonde.peer.container.name';
export const ATTR_SONDE_PEER_IMAGE = 'sonde.peer.image';
export const ATTR_SONDE_PEER_HOST_NAME = 'sonde.peer.host.name';
export const ATTR_SONDE_PEER_ADDRESS = 'sonde.peer.address';
export const ATTR_SONDE_PEER_PORT = 'sonde.peer.port';
export const ATTR_SERVICE_PEER_NAME = 'service.peer.name';
export const ATTR_SERVICE_PEER_NAMESPACE = 'service.peer.namespace';
export const ATTR_SONDE_STITCH_METHOD = 'sonde.stitch.method';
export const ATTR_SONDE_STITCH_CONFIDENCE = 'sonde.stitch.confidence';
export const ATTR_SONDE_STITCH_CAUSE = 'sonde.stitch.cause';
export const ATTR_NETWORK_PEER_ADDRESS = 'network.peer.address';
export const ATTR_NETWORK_PEER_PORT = 'network.peer.port';
export const ATTR_NETWORK_LOCAL_ADDRESS = 'network.local.address';
export const ATTR_NETWORK_LOCAL_PORT = 'network.local.port';
export const ATTR_CLIENT_ADDRESS = 'client.address';
export const ATTR_CLIENT_PORT = 'client.port';
export const ATTR_PEER_SERVICE = 'peer.service';
export const ATTR_SONDE_PEER_PROCESS_PID = 'sonde.peer.process.pid';
export const ATTR_SONDE_PEER_PROCESS_EXECUTABLE_NAME = 'sonde.peer.process.executable.name';
export const ATTR_SONDE_FLOW_CONNECTION_ID = 'sonde.flow.connection.id';
export const ATTR_SONDE_FLOW_PREEXISTING = 'sonde.flow.preexisting';
export const ATTR_SONDE_FLOW_TRANSMIT_BYTES = 'sonde.flow.transmit.bytes';
export const ATTR_SONDE_FLOW_RECEIVE_BYTES = 'sonde.flow.receive.bytes';
export const ATTR_SONDE_FLOW_TRANSMIT_MESSAGES = 'sonde.flow.transmit.messages';
export const ATTR_SONDE_FLOW_RECEIVE_MESSAGES = 'sonde.flow.receive.messages';
export const ATTR_SONDE_FLOW_RETRANSMIT_SEGMENTS = 'sonde.flow.retransmit.segments';
export const ATTR_SONDE_FLOW_RTT_US = 'sonde.flow.rtt.us';
export const ATTR_SONDE_FLOW_CONNECT_US = 'sonde.flow.connect.us';
export const ATTR_SONDE_SPAN_IDS = 'sonde.span.ids';
export const ATTR_SONDE_SPAN_KEPT = 'sonde.span.kept';
export const ATTR_SONDE_SPAN_HALF = 'sonde.span.half';
export const ATTR_DNS_QUESTION_NAME = 'dns.question.name';
export const ATTR_SONDE_DNS_QUESTION_TYPE = 'sonde.dns.question.type';
export const ATTR_OTEL_METRIC_OVERFLOW = 'otel.metric.overflow';

export const METRIC_CONTAINER_CPU_TIME: MetricSpec = {
  name: 'container.cpu.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 2,
  description: 'CPU time, from cgroup files; completed from exited threads when the cgroup is gone',
};
export const METRIC_CONTAINER_MEMORY_USAGE: MetricSpec = {
  name: 'container.memory.usage',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'charged memory',
};
export const METRIC_CONTAINER_MEMORY_WORKING_SET: MetricSpec = {
  name: 'container.memory.working_set',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'usage less inactive file cache',
};
export const METRIC_CONTAINER_MEMORY_RSS: MetricSpec = {
  name: 'container.memory.rss',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'anonymous memory',
};
export const METRIC_CONTAINER_MEMORY_PAGING_FAULTS: MetricSpec = {
  name: 'container.memory.paging.faults',
  unit: '{fault}',
  kind: 'counter',
  isInteger: true,
  bound: 2,
  description: 'page faults',
};
export const METRIC_CONTAINER_DISK_IO: MetricSpec = {
  name: 'container.disk.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 64,
  description: 'block device bytes',
};
export const METRIC_CONTAINER_NETWORK_IO: MetricSpec = {
  name: 'container.network.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 64,
  description: 'interface bytes in the container\'s network namespace',
};
export const METRIC_CONTAINER_UPTIME: MetricSpec = {
  name: 'container.uptime',
  unit: 's',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'since its first exec',
};
export const METRIC_SONDE_CONTAINER_CPU_LIMIT: MetricSpec = {
  name: 'sonde.container.cpu.limit',
  unit: '{cpu}',
  kind: 'updown',
  isInteger: false,
  bound: 1,
  description: 'CPUs it may use; absent without a limit',
};
export const METRIC_SONDE_CONTAINER_CPU_THROTTLED_TIME: MetricSpec = {
  name: 'sonde.container.cpu.throttled.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 1,
  description: 'time held back by the CPU limit',
};
export const METRIC_SONDE_CONTAINER_CPU_THROTTLED_PERIODS: MetricSpec = {
  name: 'sonde.container.cpu.throttled.periods',
  unit: '{period}',
  kind: 'counter',
  isInteger: true,
  bound: 1,
  description: 'periods in which it was held back',
};
export const METRIC_SONDE_CONTAINER_CPU_PERIODS: MetricSpec = {
  name: 'sonde.container.cpu.periods',
  unit: '{period}',
  kind: 'counter',
  isInteger: true,
  bound: 1,
  description: 'periods elapsed under a CPU limit',
};
export const METRIC_SONDE_CONTAINER_MEMORY_LIMIT: MetricSpec = {
  name: 'sonde.container.memory.limit',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'absent without a limit',
};
export const METRIC_SONDE_CONTAINER_PRESSURE_TIME: MetricSpec = {
  name: 'sonde.container.pressure.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 6,
  description: 'PSI stall time',
};
export const METRIC_SONDE_CONTAINER_NETWORK_DROPPED: MetricSpec = {
  name: 'sonde.container.network.dropped',
  unit: '{packet}',
  kind: 'counter',
  isInteger: true,
  bound: 64,
  description: 'packets dropped at an interface',
};
export const METRIC_SONDE_CONTAINER_NETWORK_ERRORS: MetricSpec = {
  name: 'sonde.container.network.errors',
  unit: '{error}',
  kind: 'counter',
  isInteger: true,
  bound: 64,
  description: 'interface errors',
};
export const METRIC_SONDE_CONTAINER_RESTARTS: MetricSpec = {
  name: 'sonde.container.restarts',
  unit: '{restart}',
  kind: 'counter',
  isInteger: true,
  bound: 1,
  description: 'restarts the runtime made',
};
export const METRIC_SONDE_CONTAINER_PROCESSES: MetricSpec = {
  name: 'sonde.container.processes',
  unit: '{process}',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'tasks in the cgroup',
};
export const METRIC_SONDE_SYSCALL_CALLS: MetricSpec = {
  name: 'sonde.syscall.calls',
  unit: '{call}',
  kind: 'counter',
  isInteger: true,
  bound: 600,
  description: 'system calls that returned, from the container\'s first exec',
};
export const METRIC_SONDE_SYSCALL_DURATION: MetricSpec = {
  name: 'sonde.syscall.duration',
  unit: 's',
  kind: 'exponential_histogram',
  isInteger: false,
  bound: 16,
  description: '1 of 8 calls; SONDE_SYSCALLS=latency only',
};
export const METRIC_SONDE_FILE_IO: MetricSpec = {
  name: 'sonde.file.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 16,
  description: 'bytes moved by read and write calls; memory-mapped and io_uring I/O are not seen',
};
export const METRIC_SONDE_FILE_OPERATIONS: MetricSpec = {
  name: 'sonde.file.operations',
  unit: '{operation}',
  kind: 'counter',
  isInteger: true,
  bound: 48,
  description: 'successful file operations',
};
export const METRIC_SONDE_FILE_HOT: MetricSpec = {
  name: 'sonde.file.hot',
  unit: 'By',
  kind: 'gauge',
  isInteger: true,
  bound: 40,
  description: 'bytes in the last export interval, 20 busiest files',
};
export const METRIC_SONDE_PROCESS_STARTS: MetricSpec = {
  name: 'sonde.process.starts',
  unit: '{process}',
  kind: 'counter',
  isInteger: true,
  bound: 101,
  description: 'forks of a thread-group leader, by the forking executable',
};
export const METRIC_SONDE_PROCESS_EXECS: MetricSpec = {
  name: 'sonde.process.execs',
  unit: '{process}',
  kind: 'counter',
  isInteger: true,
  bound: 101,
  description: 'successful execs, by the new executable',
};
export const METRIC_SONDE_PROCESS_EXITS: MetricSpec = {
  name: 'sonde.process.exits',
  unit: '{process}',
  kind: 'counter',
  isInteger: true,
  bound: 201,
  description: 'processes that ended',
};
export const METRIC_SONDE_OOM_KILLS: MetricSpec = {
  name: 'sonde.oom.kills',
  unit: '{process}',
  kind: 'counter',
  isInteger: true,
  bound: 1,
  description: 'processes the OOM killer chose',
};
export const METRIC_PROCESS_CPU_TIME: MetricSpec = {
  name: 'process.cpu.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 42,
  description: 'top 20 processes by CPU and one overflow point',
};
export const METRIC_PROCESS_MEMORY_USAGE: MetricSpec = {
  name: 'process.memory.usage',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 21,
  description: 'resident set',
};
export const METRIC_PROCESS_MEMORY_VIRTUAL: MetricSpec = {
  name: 'process.memory.virtual',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 21,
  description: 'virtual size',
};
export const METRIC_PROCESS_THREAD_COUNT: MetricSpec = {
  name: 'process.thread.count',
  unit: '{thread}',
  kind: 'updown',
  isInteger: true,
  bound: 21,
  description: 'threads',
};
export const METRIC_PROCESS_UNIX_FILE_DESCRIPTOR_COUNT: MetricSpec = {
  name: 'process.unix.file_descriptor.count',
  unit: '{file_descriptor}',
  kind: 'updown',
  isInteger: true,
  bound: 21,
  description: 'open file descriptors',
};
export const METRIC_PROCESS_DISK_IO: MetricSpec = {
  name: 'process.disk.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 42,
  description: 'storage bytes',
};
export const METRIC_SONDE_FLOW_IO: MetricSpec = {
  name: 'sonde.flow.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 1000,
  description: 'payload bytes; TCP: accepted from and taken by the process, from the kernel\'s own counters',
};
export const METRIC_SONDE_FLOW_MESSAGES: MetricSpec = {
  name: 'sonde.flow.messages',
  unit: '{operation}',
  kind: 'counter',
  isInteger: true,
  bound: 1000,
  description: 'send and receive operations that moved something',
};
export const METRIC_SONDE_FLOW_CONNECTIONS: MetricSpec = {
  name: 'sonde.flow.connections',
  unit: '{connection}',
  kind: 'counter',
  isInteger: true,
  bound: 1000,
  description: 'connections opened, closed, failed; opened before sonde: only closed',
};
export const METRIC_SONDE_FLOW_ACTIVE: MetricSpec = {
  name: 'sonde.flow.active',
  unit: '{connection}',
  kind: 'updown',
  isInteger: true,
  bound: 500,
  description: 'connections open now',
};
export const METRIC_SONDE_FLOW_CONNECT_DURATION: MetricSpec = {
  name: 'sonde.flow.connect.duration',
  unit: 's',
  kind: 'histogram',
  isInteger: false,
  bound: 200,
  description: 'SYN to established, at the client',
};
export const METRIC_SONDE_FLOW_RTT: MetricSpec = {
  name: 'sonde.flow.rtt',
  unit: 's',
  kind: 'histogram',
  isInteger: false,
  bound: 200,
  description: 'smoothed round trip, one sample a flow and second in which data was acknowledged',
};
export const METRIC_SONDE_FLOW_RETRANSMITS: MetricSpec = {
  name: 'sonde.flow.retransmits',
  unit: '{segment}',
  kind: 'counter',
  isInteger: true,
  bound: 500,
  description: 'segments sent again',
};
export const METRIC_SONDE_FLOW_IMBALANCE: MetricSpec = {
  name: 'sonde.flow.imbalance',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 500,
  description: 'bytes sent here and not received at the other end, once both have closed or 10 s have passed',
};
export const METRIC_DNS_LOOKUP_DURATION: MetricSpec = {
  name: 'dns.lookup.duration',
  unit: 's',
  kind: 'histogram',
  isInteger: false,
  bound: 200,
  description: 'from the query to its answer; error.type: the answer\'s code',
};
export const METRIC_SONDE_FLOW_RESOLVED: MetricSpec = {
  name: 'sonde.flow.resolved',
  unit: '{connection}',
  kind: 'counter',
  isInteger: true,
  bound: 100,
  description: 'connections by how their other end was found',
};
export const METRIC_SYSTEM_CPU_TIME: MetricSpec = {
  name: 'system.cpu.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 4096,
  description: 'host CPU time',
};
export const METRIC_SYSTEM_MEMORY_USAGE: MetricSpec = {
  name: 'system.memory.usage',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 4,
  description: 'host memory',
};
export const METRIC_SYSTEM_MEMORY_LIMIT: MetricSpec = {
  name: 'system.memory.limit',
  unit: 'By',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'host memory in all',
};
export const METRIC_SYSTEM_LINUX_CPU_LOAD_1M: MetricSpec = {
  name: 'system.linux.cpu.load_1m',
  unit: '{thread}',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'load average',
};
export const METRIC_SYSTEM_LINUX_CPU_LOAD_5M: MetricSpec = {
  name: 'system.linux.cpu.load_5m',
  unit: '{thread}',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'load average',
};
export const METRIC_SYSTEM_LINUX_CPU_LOAD_15M: MetricSpec = {
  name: 'system.linux.cpu.load_15m',
  unit: '{thread}',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'load average',
};
export const METRIC_SYSTEM_DISK_IO: MetricSpec = {
  name: 'system.disk.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 512,
  description: 'host block devices',
};
export const METRIC_SYSTEM_DISK_OPERATIONS: MetricSpec = {
  name: 'system.disk.operations',
  unit: '{operation}',
  kind: 'counter',
  isInteger: true,
  bound: 512,
  description: 'host block devices',
};
export const METRIC_SYSTEM_NETWORK_IO: MetricSpec = {
  name: 'system.network.io',
  unit: 'By',
  kind: 'counter',
  isInteger: true,
  bound: 512,
  description: 'host interfaces',
};
export const METRIC_SYSTEM_NETWORK_PACKET_DROPPED: MetricSpec = {
  name: 'system.network.packet.dropped',
  unit: '{packet}',
  kind: 'counter',
  isInteger: true,
  bound: 512,
  description: 'host interfaces',
};
export const METRIC_SYSTEM_NETWORK_ERRORS: MetricSpec = {
  name: 'system.network.errors',
  unit: '{error}',
  kind: 'counter',
  isInteger: true,
  bound: 512,
  description: 'host interfaces',
};
export const METRIC_SYSTEM_UPTIME: MetricSpec = {
  name: 'system.uptime',
  unit: 's',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'since boot',
};
export const METRIC_SYSTEM_PROCESS_COUNT: MetricSpec = {
  name: 'system.process.count',
  unit: '{process}',
  kind: 'updown',
  isInteger: true,
  bound: 1,
  description: 'tasks on the host',
};
export const METRIC_SONDE_SELF_HEARTBEAT: MetricSpec = {
  name: 'sonde.self.heartbeat',
  unit: '{container}',
  kind: 'gauge',
  isInteger: true,
  bound: 1,
  description: 'containers alive; sent every interval, also when nothing happens',
};
export const METRIC_SONDE_SELF_COMPLETENESS: MetricSpec = {
  name: 'sonde.self.completeness',
  unit: '1',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'kept / seen records since the last export',
};
export const METRIC_SONDE_SELF_RECORDS: MetricSpec = {
  name: 'sonde.self.records',
  unit: '{record}',
  kind: 'counter',
  isInteger: true,
  bound: 200,
  description: 'what each stage kept, dropped and shed',
};
export const METRIC_SONDE_SELF_PROGRAM_LOADED: MetricSpec = {
  name: 'sonde.self.program.loaded',
  unit: '1',
  kind: 'gauge',
  isInteger: true,
  bound: 64,
  description: '1 loaded, 0 not',
};
export const METRIC_SONDE_SELF_MEMORY_USAGE: MetricSpec = {
  name: 'sonde.self.memory.usage',
  unit: 'By',
  kind: 'gauge',
  isInteger: true,
  bound: 1,
  description: 'resident set of the agent',
};
export const METRIC_SONDE_SELF_CPU_TIME: MetricSpec = {
  name: 'sonde.self.cpu.time',
  unit: 's',
  kind: 'counter',
  isInteger: false,
  bound: 2,
  description: 'CPU time of the agent',
};
export const METRIC_SONDE_SELF_QUEUE_SIZE: MetricSpec = {
  name: 'sonde.self.queue.size',
  unit: 'By',
  kind: 'gauge',
  isInteger: true,
  bound: 1,
  description: 'export queue on disk',
};
export const METRIC_SONDE_SELF_FRAME_LAG: MetricSpec = {
  name: 'sonde.self.frame.lag',
  unit: 's',
  kind: 'gauge',
  isInteger: false,
  bound: 1,
  description: 'how late the last one-second frame was',
};
export const METRIC_SONDE_SELF_MAP_FILL: MetricSpec = {
  name: 'sonde.self.map.fill',
  unit: '1',
  kind: 'gauge',
  isInteger: false,
  bound: 16,
  description: 'share of a kernel map in use',
};

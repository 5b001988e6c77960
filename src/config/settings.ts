import { optional, type Setting, setting } from './setting.ts';
import { TRACE_SETTINGS } from './trace-settings.ts';
import {
  absolutePath,
  byteSize,
  filePath,
  headerPairs,
  list,
  oneOf,
  oneOfWith,
  pairs,
  text,
  truth,
  wholeNumber,
} from './value-type.ts';

export type { Setting } from './setting.ts';

const EXPORTER = 'meter_provider.readers[].periodic.exporter.otlp_*';
const otlp = (what: string): readonly string[] => [`OTEL_EXPORTER_OTLP_METRICS_${what}`, `OTEL_EXPORTER_OTLP_${what}`];
const filterOf = (kind: 'include' | 'exclude', what: string, help: string) =>
  setting({
    type: list,
    help: `${kind === 'include' ? 'See only' : 'Leave out'} containers ${help}.`,
    flag: `--${kind}-${what}`,
    env: [`SONDE_${kind.toUpperCase()}_${what.toUpperCase()}`],
    file: `${kind}_${what}`,
    default: '',
  });
const NAMES = 'whose name matches one of these globs (`*`)';
const LABELS = 'with one of these labels: key or key=value, globs allowed';
const IMAGES = 'whose image matches one of these globs (`*`)';

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const severities = (level: string): string[] => [level, `${level}2`, `${level}3`, `${level}4`];
const LEVEL_SPELLINGS: Readonly<Record<string, (typeof LEVELS)[number]>> = Object.fromEntries([
  ['none', 'error'],
  ['verbose', 'debug'],
  ['all', 'debug'],
  ...[...severities('trace'), ...severities('debug')].map((s) => [s, 'debug']),
  ...severities('info').map((s) => [s, 'info']),
  ...severities('warn').map((s) => [s, 'warn']),
  ...[...severities('error'), ...severities('fatal')].map((s) => [s, 'error']),
]);

/** The one table of settings. */
export const SETTINGS = {
  configFile: optional({
    type: filePath,
    help: 'Declarative configuration file (YAML, file_format "1.0"). With it, other OTEL_* variables count only where the file refers to them.',
    flag: '--config',
    env: ['OTEL_CONFIG_FILE'],
  }),
  dataDir: setting({
    type: absolutePath,
    help: 'Where all state lives; nothing is written elsewhere.',
    flag: '--data-dir',
    env: ['SONDE_DATA_DIR'],
    file: 'data_dir',
    default: '/var/lib/sonde',
  }),
  scope: setting({
    type: oneOf('containers', 'host'),
    help: 'What is seen: containers, or also services outside containers.',
    flag: '--scope',
    env: ['SONDE_SCOPE'],
    file: 'scope',
    default: 'containers',
  }),
  cgroupRoot: setting({
    type: absolutePath,
    help: 'Only containers below this cgroup are seen; enforced in the kernel.',
    flag: '--cgroup-root',
    env: ['SONDE_CGROUP_ROOT'],
    file: 'cgroup_root',
    default: '/',
  }),
  syscalls: setting({
    type: oneOf('off', 'count', 'latency'),
    help: 'System calls and file metrics: none, counted, or counted with 1 of 8 timed.',
    flag: '--syscalls',
    env: ['SONDE_SYSCALLS'],
    file: 'syscalls',
    default: 'count',
  }),
  includeNames: filterOf('include', 'names', NAMES),
  excludeNames: filterOf('exclude', 'names', NAMES),
  includeLabels: filterOf('include', 'labels', LABELS),
  excludeLabels: filterOf('exclude', 'labels', LABELS),
  includeImages: filterOf('include', 'images', IMAGES),
  excludeImages: filterOf('exclude', 'images', IMAGES),
  labelAllowList: setting({
    type: list,
    help: 'Container labels to export as container.label.<key>; `*` at the end matches a prefix.',
    flag: '--container-labels',
    env: ['SONDE_CONTAINER_LABELS'],
    file: 'container_labels',
    default: '',
  }),
  seriesPerContainer: setting({
    type: wholeNumber(100, 100_000, 'number of series'),
    help: 'Most series one container may have; the rest goes to one overflow point.',
    flag: '--series-per-container',
    env: ['SONDE_SERIES_PER_CONTAINER'],
    file: 'series_per_container',
    default: '2000',
  }),
  queueLimitBytes: setting({
    type: byteSize(1024 ** 2, 64 * 1024 ** 3, '1 MiB to 64 GiB'),
    help: 'Most bytes of undelivered requests kept on disk while the endpoint is away.',
    flag: '--queue-limit',
    env: ['SONDE_QUEUE_LIMIT'],
    file: 'queue_limit',
    default: '256MiB',
  }),
  dockerHost: optional({
    type: {
      allowed: 'unix:///path, tcp://host:port, http(s)://host:port, or off',
      schema: { type: 'string' },
      parse: (raw) =>
        typeof raw === 'string' && /^(unix:\/\/\/[^\s]+|(tcp|https?):\/\/[^\s/@]+(:\d{1,5})?\/?|off)$/.test(raw.trim())
          ? raw.trim()
          : undefined,
    },
    help: "Docker's API; without it /var/run/docker.sock is used where it is. `off` asks no Docker.",
    flag: '--docker-host',
    env: ['DOCKER_HOST'],
    file: 'docker_host',
  }),
  procDir: setting({
    type: absolutePath,
    help: "The host's /proc, where the agent runs in a container.",
    flag: '--proc',
    env: ['SONDE_PROC'],
    file: 'proc',
    default: '/proc',
  }),
  cgroupDir: setting({
    type: absolutePath,
    help: "Where the host's cgroup hierarchies are mounted.",
    flag: '--cgroup-dir',
    env: ['SONDE_CGROUP_DIR'],
    file: 'cgroup_dir',
    default: '/sys/fs/cgroup',
  }),
  hostId: optional({
    type: text,
    help: "host.id; without it the machine's own (/etc/machine-id).",
    flag: '--host-id',
    env: ['SONDE_HOST_ID'],
    file: 'host_id',
  }),
  hostName: optional({
    type: text,
    help: "host.name; without it the machine's own.",
    flag: '--host-name',
    env: ['SONDE_HOST_NAME'],
    file: 'host_name',
  }),
  cloudProvider: optional({
    type: text,
    help: 'cloud.provider on every resource.',
    flag: '--cloud-provider',
    env: ['SONDE_CLOUD_PROVIDER'],
    file: 'cloud_provider',
  }),
  cloudRegion: optional({
    type: text,
    help: 'cloud.region on every resource.',
    flag: '--cloud-region',
    env: ['SONDE_CLOUD_REGION'],
    file: 'cloud_region',
  }),
  cloudZone: optional({
    type: text,
    help: 'cloud.availability_zone on every resource.',
    flag: '--cloud-zone',
    env: ['SONDE_CLOUD_ZONE'],
    file: 'cloud_zone',
  }),
  logLevel: setting({
    type: oneOfWith(LEVELS, LEVEL_SPELLINGS, "(or OpenTelemetry's names of levels)"),
    help: 'How much is logged on standard error.',
    flag: '--log-level',
    env: ['SONDE_LOG_LEVEL', 'OTEL_LOG_LEVEL'],
    file: 'log_level',
    default: 'info',
  }),
  sdkDisabled: setting({
    type: truth,
    help: 'True exports nothing.',
    env: ['OTEL_SDK_DISABLED'],
    file: 'disabled',
    default: 'false',
  }),
  metricsExporter: optional({
    type: oneOf('otlp', 'none'),
    help: 'none exports nothing; otlp without an endpoint uses the standard one on localhost.',
    env: ['OTEL_METRICS_EXPORTER'],
  }),
  endpoint: optional({
    type: text,
    help: 'OTLP endpoint. Over http the general variable gets /v1/metrics appended. Without one nothing is exported.',
    flag: '--endpoint',
    env: otlp('ENDPOINT'),
    file: `${EXPORTER}.endpoint`,
  }),
  protocol: setting({
    type: oneOf('grpc', 'http/protobuf'),
    help: 'OTLP transport; in the file otlp_grpc or otlp_http.',
    flag: '--protocol',
    env: otlp('PROTOCOL'),
    file: EXPORTER,
    default: 'grpc',
  }),
  headers: optional({
    type: headerPairs,
    help: 'Headers of every request, such as authorization; the metrics form adds to the general one.',
    env: otlp('HEADERS'),
    file: `${EXPORTER}.headers`,
    isSecret: true,
  }),
  isInsecure: setting({
    type: truth,
    help: 'True sends grpc without TLS where the endpoint has no scheme.',
    flag: '--insecure',
    env: otlp('INSECURE'),
    file: `${EXPORTER}.tls.insecure`,
    default: 'false',
  }),
  certificateFile: optional({
    type: filePath,
    help: "PEM file that verifies the server's certificate.",
    env: otlp('CERTIFICATE'),
    file: `${EXPORTER}.tls.ca_file`,
  }),
  clientKeyFile: optional({
    type: filePath,
    help: 'PEM private key for mutual TLS; needs the client certificate.',
    env: otlp('CLIENT_KEY'),
    file: `${EXPORTER}.tls.key_file`,
  }),
  clientCertificateFile: optional({
    type: filePath,
    help: 'PEM client certificate for mutual TLS; needs the client key.',
    env: otlp('CLIENT_CERTIFICATE'),
    file: `${EXPORTER}.tls.cert_file`,
  }),
  compression: setting({
    type: oneOf('none', 'gzip'),
    help: 'Compression of requests.',
    env: otlp('COMPRESSION'),
    file: `${EXPORTER}.compression`,
    default: 'none',
  }),
  timeoutMs: setting({
    type: wholeNumber(1, 600_000, 'milliseconds'),
    help: 'Longest one request may take.',
    env: otlp('TIMEOUT'),
    file: `${EXPORTER}.timeout`,
    default: '10000',
  }),
  exportTimeoutMs: setting({
    type: wholeNumber(1, 600_000, 'milliseconds'),
    help: 'Longest one export may take; the shorter of this and the request timeout holds.',
    env: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    file: 'meter_provider.readers[].periodic.timeout',
    default: '30000',
  }),
  intervalMs: setting({
    type: wholeNumber(100, 3_600_000, 'milliseconds'),
    help: 'Time between exports.',
    flag: '--interval',
    env: ['OTEL_METRIC_EXPORT_INTERVAL'],
    file: 'meter_provider.readers[].periodic.interval',
    default: '10000',
  }),
  temporality: setting({
    type: oneOfWith(['cumulative', 'delta', 'lowmemory'], { low_memory: 'lowmemory' }, '(low_memory in the file)'),
    help: 'Temporality of sums and histograms; up-down counters stay cumulative.',
    flag: '--temporality',
    env: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    file: `${EXPORTER}.temporality_preference`,
    default: 'cumulative',
  }),
  ...TRACE_SETTINGS,
  serviceName: setting({
    type: text,
    help: "service.name of sonde's own metrics; containers have their own.",
    env: ['OTEL_SERVICE_NAME'],
    default: 'sonde',
  }),
  resourceAttributes: setting({
    type: pairs,
    help: 'Attributes put on every resource.',
    env: ['OTEL_RESOURCE_ATTRIBUTES'],
    file: 'resource.attributes',
    default: '',
  }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
/** What `SETTINGS` parses to. */
export type SettingValues = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T>
    ? (typeof SETTINGS)[N] extends { readonly default: string }
      ? T
      : T | undefined
    : never;
};

/** Settings whose file path is below `distribution.sonde`: the plain names. */
export const OWN_FILE_SETTINGS: ReadonlyMap<string, SettingName> = new Map(
  (Object.entries(SETTINGS) as [SettingName, Setting][])
    .filter(([, s]) => s.env.some((e) => e.startsWith('SONDE_') || e === 'DOCKER_HOST') && s.file !== undefined)
    .map(([name, s]) => [s.file ?? '', name]),
);

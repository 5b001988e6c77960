/** Every setting, resolved: flags, then SONDE_* variables, then the file, then defaults. */
export interface Config {
  /** Where all state lives; nothing is written elsewhere. */
  readonly dataDir: string;
  readonly scope: 'containers' | 'host';
  /** Only cgroups below this path are seen; `/` is the whole host. */
  readonly cgroupRoot: string;
  readonly syscalls: 'off' | 'count' | 'latency';
  /** The host's /proc as the agent sees it. */
  readonly procDir: string;
  /** Where cgroup hierarchies are mounted, `/sys/fs/cgroup`. */
  readonly cgroupDir: string;
  readonly hostId: string | undefined;
  readonly hostName: string | undefined;
  /** Docker endpoint as DOCKER_HOST gives it; `off` disables. */
  readonly dockerHost: string | undefined;
  readonly filter: ContainerFilter;
  /** Label keys copied to `container.label.<key>`; `*` at the end matches a prefix. */
  readonly labelAllowList: readonly string[];
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  /** Attributes put on every resource. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** Undefined when no endpoint is set: nothing is exported. */
  readonly metrics: OtlpConfig | undefined;
  /** Undefined when no endpoint is set for traces: no spans are made. */
  readonly traces: OtlpTarget | undefined;
  readonly spans: SpanConfig;
  /** Bytes of not yet delivered requests kept on disk. */
  readonly queueLimitBytes: number;
  /** `service.name` of the agent's own metrics. */
  readonly serviceName: string;
  /** Paths in the declarative file that are valid and have no effect on sonde; said once at start. */
  readonly ignored: readonly string[];
  /** Most series one container may have; the rest goes to an overflow point. */
  readonly seriesPerContainer: number;
}

/** A container is seen when it matches any include (or there is none) and no exclude. Globs with `*`. */
export interface ContainerFilter {
  readonly includeNames: readonly string[];
  readonly excludeNames: readonly string[];
  /** `key` or `key=value`. */
  readonly includeLabels: readonly string[];
  readonly excludeLabels: readonly string[];
  readonly includeImages: readonly string[];
  readonly excludeImages: readonly string[];
}

export interface SpanConfig {
  /** Share of connections whose spans are sampled, 0 to 1. */
  readonly ratio: number;
  /** Most spans made in a second. */
  readonly perSecond: number;
}

/** Where one signal goes, and how. */
export interface OtlpTarget {
  readonly protocol: 'grpc' | 'http/protobuf';
  /** Complete URL; for http the path is already `/v1/metrics` or `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isInsecure: boolean;
  readonly certificateFile: string | undefined;
  readonly clientCertificateFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMs: number;
}

export interface OtlpConfig extends OtlpTarget {
  readonly intervalMs: number;
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory';
}

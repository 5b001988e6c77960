export const AGENT_ERRORS = {
  SND_AGT_DATA_DIR_LOCKED: {
    what: 'data directory is in use',
    remedy: 'Look at the other agent with `sonde top`, stop it, or set SONDE_DATA_DIR to another directory.',
  },
  SND_AGT_DATA_DIR: {
    what: 'data directory cannot be used',
    remedy: 'Run as root, or set SONDE_DATA_DIR to a directory this user may write to.',
  },
  SND_AGT_CONTROL_SOCKET: {
    what: 'control socket cannot be served',
    remedy: 'Set SONDE_DATA_DIR to a short path on a local file system.',
  },
  SND_AGT_NOT_RUNNING: {
    what: 'no agent answers',
    remedy: 'Start one with `sonde run`, or set SONDE_DATA_DIR to the data directory of the one that runs.',
  },
  SND_AGT_CONTROL_DENIED: {
    what: 'control socket refuses this user',
    remedy: 'Run the command as the user the agent runs as, usually root.',
  },
  SND_AGT_CONTROL_ANSWER: {
    what: 'agent gave an answer that cannot be read',
    remedy: 'Use the same version of sonde for the agent and the command.',
  },
  SND_AGT_CONTROL_PATH: {
    what: 'control socket has no such path',
    remedy: 'Ask for /healthz, /api/v1/frames/live or /api/v1/doctor.',
  },
  SND_AGT_CONTROL_METHOD: {
    what: 'control socket does not allow this method',
    remedy: 'Use GET without a body.',
  },
  SND_AGT_CONTROL_REQUEST: {
    what: 'control socket could not read the request',
    remedy: 'Send an HTTP/1.1 request with less than 8 KiB of headers.',
  },
  SND_AGT_CONTROL_BUSY: {
    what: 'control socket has too many readers',
    remedy: 'Quit another `sonde top`.',
  },
  SND_AGT_CONTROL_FAILED: {
    what: 'agent failed to answer',
    remedy: "Look at the agent's log for the cause.",
  },
  SND_AGT_ENDED: {
    what: 'agent ended by itself',
    remedy: 'Its last log lines, printed above, say why; `sonde doctor` says what this host allows.',
  },
  SND_AGT_NO_FRAME: {
    what: 'no frame came in time',
    remedy: '`sonde doctor` says what this host allows and what is off.',
  },
  SND_AGT_KERNEL_OLD: {
    what: 'kernel is too old',
    remedy: 'Use Linux 5.12 or later (Debian 12, Ubuntu 22.04).',
  },
  SND_AGT_LOCKDOWN: {
    what: 'kernel lockdown forbids reading kernel memory by BPF',
    remedy: 'Boot with lockdown=integrity or none; mode confidentiality allows no tracing.',
  },
  SND_AGT_CAPABILITY: {
    what: 'capability is missing',
    remedy: 'Run as root, or give the capability (deploy/ has the compose file and the systemd unit).',
  },
  SND_AGT_ENDPOINT_CERTIFICATE: {
    what: 'certificate of the OTLP endpoint is refused',
    remedy: 'Set OTEL_EXPORTER_OTLP_CERTIFICATE to the PEM file of its issuer.',
  },
  SND_AGT_ENDPOINT_PROTOCOL: {
    what: 'OTLP endpoint speaks something else',
    remedy: 'Check scheme, port and OTEL_EXPORTER_OTLP_PROTOCOL: usually 4317 is grpc, 4318 http/protobuf.',
  },
  SND_AGT_DISK_SPACE: {
    what: 'data directory has little free space',
    remedy: 'Free space, or set SONDE_DATA_DIR to a larger file system.',
  },
  SND_AGT_MEMORY: {
    what: 'memory budget is exceeded',
    remedy: 'Report it with the output of `sonde doctor --json`.',
  },
  SND_AGT_FILE_METRICS: {
    what: 'file metrics are absent',
    remedy: 'Set SONDE_SYSCALLS=count (the default) to have them.',
  },
  SND_AGT_LOSS: {
    what: 'records were lost',
    remedy: 'Short bursts are harmless; if it goes on, report it with the output of `sonde doctor --json`.',
  },
} as const;

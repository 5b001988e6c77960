export const EXPORT_ERRORS = {
  SND_EXP_UNREACHABLE: {
    what: 'OTLP endpoint cannot be reached',
    remedy: 'Check OTEL_EXPORTER_OTLP_ENDPOINT; data waits in the bounded queue meanwhile.',
  },
  SND_EXP_TLS: {
    what: 'OTLP endpoint and sonde cannot agree on TLS',
    remedy:
      "Check OTEL_EXPORTER_OTLP_CERTIFICATE (the endpoint's authority), OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY, and that the endpoint speaks TLS under this name.",
  },
  SND_EXP_AUTH: {
    what: 'OTLP endpoint refuses these credentials',
    remedy: 'Check OTEL_EXPORTER_OTLP_HEADERS and the client certificate; data waits in the bounded queue meanwhile.',
  },
  SND_EXP_TIMEOUT: {
    what: 'OTLP endpoint did not answer in time',
    remedy:
      'Look at the load of the endpoint, or raise OTEL_EXPORTER_OTLP_TIMEOUT; data waits in the bounded queue meanwhile.',
  },
  SND_EXP_BUSY: {
    what: 'OTLP endpoint is not ready to take data',
    remedy: 'Look at the load and the memory limit of the endpoint; data waits in the bounded queue meanwhile.',
  },
  SND_EXP_ENDPOINT: {
    what: 'OTLP endpoint does not take metrics',
    remedy:
      'Check port, path and OTEL_EXPORTER_OTLP_PROTOCOL (grpc is usually port 4317, http/protobuf 4318 with /v1/metrics).',
  },
  SND_EXP_SERVER: {
    what: 'OTLP endpoint failed',
    remedy: "Look at the endpoint's own log; a request that it fails again and again is dropped.",
  },
  SND_EXP_REFUSED: {
    what: 'OTLP endpoint refused a request for good',
    remedy: "Look at the endpoint's own log; the request is dropped, as sending it again would not help.",
  },
  SND_EXP_TOO_LARGE: {
    what: 'OTLP endpoint takes only smaller requests',
    remedy:
      'Nothing is to be done: later requests are made smaller. Raise the limit of the endpoint to need fewer of them.',
  },
  SND_EXP_PARTIAL: {
    what: 'OTLP endpoint took only a part of a request',
    remedy: "The message is the endpoint's; the points it rejected are not sent again.",
  },
  SND_EXP_CREDENTIALS: {
    what: 'TLS files cannot be used',
    remedy: 'Give PEM files: the authority, and a client certificate with the key that belongs to it.',
  },
  SND_EXP_HEADERS: {
    what: 'OTLP headers cannot be sent',
    remedy: 'Correct OTEL_EXPORTER_OTLP_HEADERS: names of letters, digits, - _ and ., values of printable ASCII.',
  },
  SND_EXP_QUEUE: {
    what: 'export queue on disk cannot be used',
    remedy: 'Check space and permissions of SONDE_DATA_DIR; while the endpoint is down, data is lost.',
  },
  SND_EXP_QUEUE_FULL: {
    what: 'export queue on disk is full',
    remedy: 'Bring the endpoint back or raise SONDE_QUEUE_LIMIT; the oldest requests are dropped.',
  },
} as const;

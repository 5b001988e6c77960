export const EXPORT_ERRORS = {
  SND_EXP_UNREACHABLE: { what: 'OTLP endpoint cannot be reached', remedy: 'Check OTEL_EXPORTER_OTLP_ENDPOINT; data waits in the bounded queue meanwhile.' },
} as const;

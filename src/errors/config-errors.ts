export const CONFIG_ERRORS = {
  SND_CFG_VALUE: {
    what: 'setting has a bad value',
    remedy: 'Correct it; `sonde --help` lists every setting with what is allowed.',
  },
  SND_CFG_UNKNOWN: {
    what: 'no such setting',
    remedy: 'Remove it or correct its name; `sonde --help` lists every setting.',
  },
  SND_CFG_CONFLICT: {
    what: 'settings contradict each other',
    remedy: 'Change or remove one of them; docs/settings.md says how they belong together.',
  },
  SND_CFG_FILE: {
    what: 'configuration file cannot be used',
    remedy: 'Correct the file that OTEL_CONFIG_FILE or --config names: declarative configuration, file_format "1.0".',
  },
  SND_CFG_USAGE: {
    what: 'command line is not understood',
    remedy: '`sonde --help` lists commands and flags.',
  },
} as const;

export const CONFIG_ERRORS = {
  SND_CFG_VALUE: { what: 'setting has a bad value', remedy: 'Correct it; `sonde --help` lists every setting with what is allowed.' },
} as const;

export const AGENT_ERRORS = {
  SND_AGT_DATA_DIR_LOCKED: { what: 'data directory is in use', remedy: 'Stop the other agent or set SONDE_DATA_DIR to another directory.' },
} as const;

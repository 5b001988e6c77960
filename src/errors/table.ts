import { AGENT_ERRORS } from './agent-errors.ts';
import { BPF_ERRORS } from './bpf-errors.ts';
import { CONFIG_ERRORS } from './config-errors.ts';
import { DECODE_ERRORS } from './decode-errors.ts';
import { EXPORT_ERRORS } from './export-errors.ts';
import { IDENTIFY_ERRORS } from './identify-errors.ts';
import { STITCH_ERRORS } from './stitch-errors.ts';

export interface ErrorEntry {
  readonly what: string;
  readonly remedy: string;
}

/** The one table of coded errors, by area. */
export const ERROR_TABLE = {
  ...AGENT_ERRORS,
  ...CONFIG_ERRORS,
  ...BPF_ERRORS,
  ...IDENTIFY_ERRORS,
  ...DECODE_ERRORS,
  ...EXPORT_ERRORS,
  ...STITCH_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;

import type { ValueType } from './value-type.ts';

/** One setting. Parsing, `--help`, docs/settings.md and the file's schema all come from these entries. */
export interface Setting<T = unknown> {
  readonly type: ValueType<T>;
  /** What it is for, one sentence. */
  readonly help: string;
  readonly flag?: string;
  /** Variables, the most specific first. */
  readonly env: readonly string[];
  /** Path in the declarative file; below `distribution.sonde` unless it starts with a key of the standard. */
  readonly file?: string;
  /** As it would be written; absent = no value. */
  readonly default?: string;
  /** Never printed. */
  readonly isSecret?: true;
  /** Given for every signal where `env` gives nothing: a flag goes before `env`, a variable behind it. */
  readonly general?: { readonly env: string; readonly flag?: string };
}

/** With a default, so it always has a value. */
export const setting = <T>(entry: Setting<T> & { readonly default: string }): typeof entry => entry;
export const optional = <T>(entry: Setting<T>): Setting<T> & { readonly default?: never } =>
  entry as Setting<T> & { readonly default?: never };

import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ConfigError, type Problem } from '../../../src/config/problem.ts';

export interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files that exist, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

export function load(given: Given): Config {
  return loadConfig({
    argv: given.argv ?? [],
    env: given.env ?? {},
    readFile(path) {
      const content = given.files?.[path];
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return content;
    },
  });
}

export const PEM = '-----BEGIN CERTIFICATE-----\n';

/** Loads with a declarative file made of these lines. */
export const loadFile = (lines: readonly string[], given: Given = {}): Config =>
  load({
    ...given,
    env: { ...given.env, OTEL_CONFIG_FILE: '/c.yaml' },
    files: { ...given.files, '/c.yaml': ['file_format: "1.0"', ...lines].join('\n') },
  });

/** What is refused, in the order it is told. */
export function problemsOf(act: () => unknown): readonly Problem[] {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ConfigError, `expected a ConfigError, got ${String(error)}`);
    return error.problems;
  }
  assert.fail('nothing was refused');
}

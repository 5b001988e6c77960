import type { Env } from './file.ts';
import type { FileTree } from './file-tree.ts';
import { type Problem, showPath, showValue, unknownName } from './problem.ts';
import { SETTINGS, type Setting, type SettingName, type SettingValues } from './settings.ts';
import type { Raw } from './value-type.ts';

const ENTRIES = Object.entries(SETTINGS) as [SettingName, Setting][];

/** Where values can come from, in order of precedence, and what was wrong on the way. */
export interface Sources {
  readonly flags: ReadonlyMap<string, string>;
  readonly env: Env;
  readonly file: FileTree | undefined;
}

export interface Resolved {
  readonly values: SettingValues;
  /** Where the value was given; undefined for a default. */
  pathOf(name: SettingName): string | undefined;
  readonly problems: readonly Problem[];
}

/** `--flag value`, `--flag=value`; a flag for true or false may stand alone. */
export function parseFlags(argv: readonly string[], problems: Problem[]): Map<string, string> {
  const byFlag = new Map(ENTRIES.flatMap(([, s]) => (s.flag === undefined ? [] : [[s.flag, s] as const])));
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [flag = '', ...parts] = (argv[i] ?? '').split('=');
    const setting = byFlag.get(flag);
    if (!flag.startsWith('-')) {
      problems.push({ code: 'SND_CFG_USAGE', path: showPath(flag), detail: 'is not expected here' });
    } else if (!setting) {
      problems.push(unknownName(flag, flag, [...byFlag.keys()]));
      if (parts.length === 0 && argv[i + 1]?.startsWith('-') === false) i++; // most likely its value
    } else if (parts.length > 0) {
      flags.set(flag, parts.join('='));
    } else if (setting.type.allowed === 'true, false') {
      flags.set(flag, 'true');
    } else {
      const value = argv[i + 1];
      if (value === undefined || value.startsWith('--')) {
        problems.push({ code: 'SND_CFG_USAGE', path: flag, detail: `needs a value; allowed: ${setting.type.allowed}` });
      } else {
        flags.set(flag, value);
        i++;
      }
    }
  }
  return flags;
}

/** `SONDE_*` is ours: a name we do not know is a mistake. */
export function unknownVariables(env: Env): Problem[] {
  const known = ENTRIES.flatMap(([, s]) => s.env).filter((name) => name.startsWith('SONDE_'));
  return Object.keys(env)
    .filter((name) => name.startsWith('SONDE_') && !known.includes(name))
    .map((name) => unknownName(name, name, known));
}

/** The value of every setting: flag, then variable, then file, then default. */
export function resolve(sources: Sources): Resolved {
  const values: Partial<Record<SettingName, unknown>> = {};
  const paths = new Map<SettingName, string>();
  const problems: Problem[] = [];
  for (const [name, setting] of ENTRIES) {
    for (const { raw, path } of givenOf(name, setting, sources)) {
      const value = setting.type.parse(raw);
      if (value === undefined) {
        problems.push(badValue(setting, raw, path));
      } else {
        // Only headers have several givers: the specific form adds to the general one.
        const before = values[name];
        values[name] = before === undefined ? value : { ...before, ...value };
        paths.set(name, path);
      }
    }
    // Also after a bad value, so that what depends on this one is still looked at.
    if (setting.default !== undefined) values[name] ??= setting.type.parse(setting.default);
  }
  return { values: values as SettingValues, pathOf: (name) => paths.get(name), problems };
}

function badValue(setting: Setting, raw: Raw, path: string): Problem {
  const shown = setting.isSecret || typeof raw !== 'string' ? '(not shown)' : showValue(raw);
  return { code: 'SND_CFG_VALUE', path, detail: `has the bad value ${shown}; allowed: ${setting.type.allowed}` };
}

interface Given {
  readonly raw: Raw;
  readonly path: string;
}

/** The one giver that wins; for headers all of them, the strongest last. */
function givenOf(name: SettingName, setting: Setting, sources: Sources): readonly Given[] {
  const flagName = setting.flag ?? setting.general?.flag;
  const flag = flagName === undefined ? undefined : sources.flags.get(flagName);
  if (flag !== undefined && flagName !== undefined) return [{ raw: flag, path: flagName }];
  const variables = [...setting.env, ...(setting.general ? [setting.general.env] : [])]
    .filter((variable) => !sources.file || !variable.startsWith('OTEL_') || name === 'configFile')
    // An empty variable is as good as none, says the OpenTelemetry specification.
    .flatMap((variable) => (sources.env[variable] ? [{ raw: sources.env[variable], path: variable }] : []));
  if ((name === 'headers' || name === 'tracesHeaders') && variables.length > 0) return variables.toReversed();
  const [variable] = variables;
  if (variable) return [variable];
  const inFile = sources.file?.values.get(name);
  return inFile ? [inFile] : [];
}

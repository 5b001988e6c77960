import type { Config } from './config.ts';
import { type Env, readConfigFile } from './file.ts';
import { fileSettings } from './file-settings.ts';
import type { FileTree } from './file-tree.ts';
import { otlpConfig, tracesConfig } from './otlp.ts';
import { ConfigError, type Problem, showValue } from './problem.ts';
import { parseFlags, type Resolved, resolve, unknownVariables } from './sources.ts';

export interface LoadInput {
  /** Flags after the command. */
  readonly argv: readonly string[];
  readonly env: Env;
  /** Throws what `fs.readFileSync` throws. */
  readonly readFile: (path: string) => string;
  /** Checks the file against the whole standard schema once nothing else is wrong with it. */
  readonly checkSchema?: (path: string) => void;
}

/** The configuration, or a `ConfigError` with everything that is wrong. */
export function loadConfig(input: LoadInput): Config {
  const problems: Problem[] = [];
  const flags = parseFlags(input.argv, problems);
  problems.push(...unknownVariables(input.env));
  const fileName = flags.get('--config') ?? (input.env['OTEL_CONFIG_FILE'] || undefined);
  const file = fileName === undefined ? undefined : readTree(fileName, input, problems);
  if (file) problems.push(...file.problems);

  const resolved = resolve({ flags, env: input.env, file });
  problems.push(...resolved.problems);
  const config = build(resolved, file, input, problems);
  const [first, ...others] = distinct(problems);
  if (first) throw new ConfigError([first, ...others]);
  if (file && fileName !== undefined) input.checkSchema?.(fileName);
  return config;
}

/** What is set for all signals is looked at once for each. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [
    ...new Map(problems.map((problem) => [`${problem.code}|${problem.path}|${problem.detail}`, problem])).values(),
  ];
}

function readTree(fileName: string, input: LoadInput, problems: Problem[]): FileTree | undefined {
  try {
    return fileSettings(readConfigFile(fileName, input.readFile(fileName), input.env));
  } catch (error) {
    if (error instanceof ConfigError) {
      problems.push(...error.problems);
    } else {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      problems.push({ code: 'SND_CFG_FILE', path: showValue(fileName), detail: `cannot be read (${code})` });
    }
    // An empty tree, so that OTEL_* variables stay without effect and make no problems of their own.
    return fileSettings({ file_format: '1.0' });
  }
}

function build(resolved: Resolved, file: FileTree | undefined, input: LoadInput, problems: Problem[]): Config {
  const v = resolved.values;
  const { 'service.name': attributeServiceName, ...attributes } = v.resourceAttributes;
  const cloud = Object.entries({
    'cloud.provider': v.cloudProvider,
    'cloud.region': v.cloudRegion,
    'cloud.availability_zone': v.cloudZone,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    dataDir: v.dataDir,
    scope: v.scope,
    cgroupRoot: v.cgroupRoot,
    syscalls: v.syscalls,
    procDir: v.procDir,
    cgroupDir: v.cgroupDir,
    hostId: v.hostId,
    hostName: v.hostName,
    dockerHost: v.dockerHost,
    filter: {
      includeNames: v.includeNames,
      excludeNames: v.excludeNames,
      includeLabels: v.includeLabels,
      excludeLabels: v.excludeLabels,
      includeImages: v.includeImages,
      excludeImages: v.excludeImages,
    },
    labelAllowList: v.labelAllowList,
    logLevel: v.logLevel,
    serviceName: resolved.pathOf('serviceName') === undefined ? attributeServiceName || v.serviceName : v.serviceName,
    resourceAttributes: { ...attributes, ...Object.fromEntries(cloud) },
    metrics: otlpConfig(resolved, input.readFile, problems),
    traces: tracesConfig(resolved, input.readFile, problems),
    spans: { ratio: v.spanRatio, perSecond: v.spansPerSecond },
    queueLimitBytes: v.queueLimitBytes,
    seriesPerContainer: v.seriesPerContainer,
    ignored: file?.ignored ?? [],
  };
}

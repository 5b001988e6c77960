import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { checkFileSchema } from '../config/file.ts';
import { loadConfig } from '../config/load.ts';
import { describeError } from '../errors/sonde-error.ts';
import { VERSION } from '../generated/version.ts';
import { createLog } from '../self/log.ts';
import { openPrivateSource, runWithTop } from './agent-view.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import type { CliDeps } from './cli-deps.ts';
import { EXIT_OK, exitCodeOf } from './exit-code.ts';
import { commandHelp, mainHelp } from './help.ts';

/** The whole program but for the process itself; the result is the exit code. */
export async function runCli(deps: CliDeps): Promise<number> {
  try {
    const given = parseArguments(deps.argv);
    if (given.isHelp) {
      deps.stdout.write(given.command ? commandHelp(given.command) : mainHelp());
      return EXIT_OK;
    }
    if (given.command === 'version') {
      deps.stdout.write(`sonde ${VERSION} (Node ${process.versions.node})\n`);
      return EXIT_OK;
    }
    if (given.command === 'decode') {
      const { runDecode } = await import('./decode/index.ts');
      const { stdout, env } = deps;
      return runDecode({ operands: given.settings, isJson: given.flags.has('--json'), stdout, env });
    }
    const config = loadConfig({
      argv: given.settings,
      env: deps.env,
      readFile: (path) => readFileSync(path, 'utf8'),
      checkSchema: checkFileSchema,
    });
    return await runCommand(given, config, deps);
  } catch (error) {
    deps.writeError(`${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}

/** Commands are loaded when called: `--help` and `top` need no exporter. */
async function runCommand(given: Arguments, config: Config, deps: CliDeps): Promise<number> {
  const { stdin, stdout, env, signal } = deps;
  if (given.flags.has('--check-config')) {
    stdout.write(checkedText(config));
    return EXIT_OK;
  }
  switch (given.command) {
    case 'top': {
      const { runTop } = await import('./top/index.ts');
      const mode = given.flags.has('--json') ? 'json' : given.flags.has('--once') ? 'once' : 'live';
      const openSource = () => openPrivateSource(config, deps.writeError);
      return runTop(config, { signal, stdin, stdout, env, mode, openSource });
    }
    case 'flows': {
      const { runFlows } = await import('./flows/index.ts');
      const openSource = () => openPrivateSource(config, deps.writeError);
      const options = { isJson: given.flags.has('--json'), isWatching: given.flags.has('--watch') };
      const { writeError } = deps;
      return runFlows(config, { ...options, signal, stdin, stdout, env, writeError, openSource });
    }
    case 'doctor': {
      const { runDoctor } = await import('./doctor/index.ts');
      const { openProbe } = await import('./open-probe.ts');
      return runDoctor(config, { json: given.flags.has('--json'), stdout, env, openProbe: () => openProbe(config) });
    }
    case undefined:
      if (config.metrics === undefined && stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb') {
        return runWithTop(config, deps);
      }
      return run(config, deps);
    default:
      return run(config, deps);
  }
}

async function run(config: Config, deps: CliDeps): Promise<number> {
  const { runAgent } = await import('../pipeline.ts');
  const log = createLog(config.logLevel, deps.writeError);
  for (const path of config.ignored) log.warn('config', `${path} in the configuration file has no effect on sonde`);
  await runAgent(config, { log, signal: deps.signal });
  return EXIT_OK;
}

function checkedText(config: Config): string {
  const { metrics } = config;
  return [
    'The configuration is good.',
    metrics
      ? `Exports by ${metrics.protocol} to ${metrics.endpoint} every ${metrics.intervalMs} ms.`
      : 'Exports nothing: no endpoint is set.',
    ...config.ignored.map((path) => `${path} has no effect on sonde.`),
    '',
  ].join('\n');
}

import { ConfigError, nearestName, showValue } from '../config/problem.ts';
import { COMMANDS, type CommandName } from './commands.ts';

export interface Arguments {
  /** Undefined when none was named: `run`, or on a terminal `run` with `top`. */
  readonly command: CommandName | undefined;
  readonly isHelp: boolean;
  /** Flags of the command that were given. */
  readonly flags: ReadonlySet<string>;
  /** What is left: settings, or the command's operands. */
  readonly settings: readonly string[];
}

/** Splits the command line; what it does not know is left to the settings, which refuse it. */
export function parseArguments(argv: readonly string[]): Arguments {
  const [first, ...others] = argv;
  if (first === '--version' || first === '-V') return { ...NONE, command: 'version' };
  if (first === 'help') return { ...NONE, command: commandOf(others[0]), isHelp: true };
  const isNamed = first !== undefined && !first.startsWith('-');
  const command = isNamed ? commandOf(first) : undefined;
  const known: object = COMMANDS[command ?? 'run'].flags;
  const flags = new Set<string>();
  const settings: string[] = [];
  let isHelp = false;
  for (const argument of isNamed ? others : argv) {
    if (argument === '--help' || argument === '-h') isHelp = true;
    else if (Object.hasOwn(known, argument)) flags.add(argument);
    else settings.push(argument);
  }
  return { command, isHelp, flags, settings };
}

const NONE: Arguments = { command: undefined, isHelp: false, flags: new Set(), settings: [] };

function commandOf(word: string | undefined): CommandName | undefined {
  if (word === undefined) return undefined;
  const names = Object.keys(COMMANDS) as CommandName[];
  const command = names.find((name) => name === word);
  if (command) return command;
  const near = nearestName(word, names);
  const hint = near === undefined ? `allowed: ${names.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError([{ code: 'SND_CFG_USAGE', path: showValue(word), detail: `is no command; ${hint}` }]);
}

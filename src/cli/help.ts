import { SETTINGS, type Setting } from '../config/settings.ts';
import { COMMANDS, type Command, type CommandName } from './commands.ts';

const WIDTH = 100;

const ENTRIES = Object.entries(COMMANDS) as [CommandName, (typeof COMMANDS)[CommandName]][];

/** `sonde --help`: commands, and every setting out of the one table. */
export function mainHelp(): string {
  return [
    'sonde: every container on this host, from the kernel, as OpenTelemetry',
    '',
    'Usage: sonde [command] [flags]',
    '',
    'Commands:',
    ...ENTRIES.map(([name, c]) => `  ${name.padEnd(9)}${c.help}`),
    '',
    'Without a command: run; on a terminal with no endpoint set, run and show top.',
    'Exit codes: 0 ok, 1 failed, 2 bad usage or configuration, 3 host not supported.',
    '',
    ...settingsHelp(),
    '',
  ].join('\n');
}

/** `sonde <command> --help`. */
export function commandHelp(name: CommandName): string {
  const command: Command = COMMANDS[name];
  const flags = Object.entries(command.flags);
  return [
    `sonde ${name}: ${command.help}`,
    '',
    `Usage: sonde ${name} ${command.operand === undefined ? '' : `${command.operand} `}[flags]`,
    '',
    ...(flags.length > 0 ? ['Flags:', ...flags.map(([flag, help]) => `  ${flag.padEnd(17)}${help}`), ''] : []),
    ...(command.usesSettings ? [...settingsHelp(), ''] : []),
  ].join('\n');
}

function settingsHelp(): string[] {
  const settings: readonly Setting[] = Object.values(SETTINGS);
  return [
    'Settings: flag, then SONDE_* variable, then the file of --config, then the default.',
    ...settings.flatMap((setting) => [
      `  ${[setting.flag, ...setting.env].filter((name) => name !== undefined).join(', ')}`,
      ...wrap(`${setting.help} Allowed: ${setting.type.allowed}.${defaultText(setting)}`, WIDTH - 6).map(
        (line) => `      ${line}`,
      ),
    ]),
  ];
}

const defaultText = (setting: Setting): string => (setting.default ? ` Default: ${setting.default}.` : '');

function wrap(paragraph: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

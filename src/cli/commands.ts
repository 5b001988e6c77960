/** What `sonde` can do. Flags here belong to the command; settings are in `src/config/settings.ts`. */
export interface Command {
  readonly help: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly usesSettings: boolean;
  /** What stands after the name; taken out of what is left of the line. */
  readonly operand?: string;
}

const CHECK = { '--check-config': 'check the configuration and exit' } as const;

export const COMMANDS = {
  run: { help: 'run the agent (the default)', flags: CHECK, usesSettings: true },
  top: {
    help: 'show containers live; from the running agent, else from a private pipeline without export',
    flags: { '--once': 'print one table and exit', '--json': 'print one frame as JSON and exit' },
    usesSettings: true,
  },
  flows: {
    help: 'print flows, both ends named; from the running agent, else from a private pipeline without export',
    flags: {
      '--json': 'one JSON object a row, a row a line; with --watch all rows again every second, each with its timeMs',
      '--watch': 'live, with rates: on a terminal the flows page of top, else a table every second',
    },
    usesSettings: true,
  },
  doctor: {
    help: 'say what this host allows, what is off and why',
    flags: { '--json': 'the same facts for machines' },
    usesSettings: true,
  },
  decode: {
    help: 'print every request and response in a capture (pcap, pcapng)',
    flags: { '--json': 'one JSON line an exchange, then one for the rest' },
    usesSettings: false,
    operand: 'FILE',
  },
  version: { help: 'print the version', flags: {}, usesSettings: false },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

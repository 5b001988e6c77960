/** Makes docs/errors.md, docs/settings.md, docs/settings.schema.json and src/generated/version.ts from their tables. */
import { readFileSync, writeFileSync } from 'node:fs';
import { OWN_FILE_SETTINGS, SETTINGS, type Setting } from '../src/config/settings.ts';
import { ERROR_TABLE, type ErrorEntry } from '../src/errors/table.ts';

const AREAS: Readonly<Record<string, string>> = {
  AGT: 'Agent',
  CFG: 'Configuration',
  BPF: 'Kernel',
  IDN: 'Container identity',
  DEC: 'Captures',
  STI: 'Stitching',
  EXP: 'Export',
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

function errorsPage(): string {
  const lines = [
    '# Errors',
    '',
    'Generated from `src/errors/` by `npm run generate`. Every error sonde shows has one of these codes.',
  ];
  const entries: [string, ErrorEntry][] = Object.entries(ERROR_TABLE);
  for (const [area, title] of Object.entries(AREAS)) {
    const rows = entries.filter(([code]) => code.startsWith(`SND_${area}_`));
    lines.push('', `## ${title}`, '', '| Code | What | Remedy |', '|---|---|---|');
    for (const [code, { what, remedy }] of rows) lines.push(`| \`${code}\` | ${cell(what)} | ${cell(remedy)} |`);
  }
  const strange = entries.filter(([code]) => !Object.keys(AREAS).some((area) => code.startsWith(`SND_${area}_`)));
  if (strange.length > 0) throw new Error(`codes without an area: ${strange.map(([code]) => code).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function settingsPage(): string {
  const lines = [
    '# Settings',
    '',
    'Generated from `src/config/settings.ts` by `npm run generate`.',
    '',
    'Precedence: flag, then variable, then file, then default; of two variables the first counts. An empty variable is',
    'as good as none. A bad value is refused at start (exit code 2), all of them at once; so is an unknown `SONDE_*`.',
    '',
    'The file is OpenTelemetry\'s declarative configuration (`OTEL_CONFIG_FILE` or `--config`, `file_format: "1.0"`,',
    '`${NAME}` and `${NAME:-default}` are replaced). Plain file names below stand under `distribution: {sonde: …}`. With a',
    'file, `OTEL_*` variables have no effect of their own. `docs/settings.schema.json` is the schema of that block.',
    '',
    '| Setting | Flag | File | Allowed | Default | What |',
    '|---|---|---|---|---|---|',
  ];
  const settings: readonly Setting[] = Object.values(SETTINGS);
  for (const s of settings) {
    const code = (name: string | undefined): string => (name ? `\`${name}\`` : '–');
    const secret = s.isSecret ? ' Never printed.' : '';
    lines.push(
      `| ${s.env.map(code).join('<br>')} | ${code(s.flag)} | ${code(s.file)} | ${cell(s.type.allowed)} | ${code(s.default)} | ${cell(s.help)}${secret} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function schema(): string {
  const properties = Object.fromEntries(
    [...OWN_FILE_SETTINGS].map(([key, name]) => {
      const s: Setting = SETTINGS[name];
      return [key, { ...s.type.schema, description: `${s.help} Allowed: ${s.type.allowed}.` }];
    }),
  );
  return `${JSON.stringify(
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'distribution.sonde in an OpenTelemetry configuration file',
      type: 'object',
      additionalProperties: false,
      properties,
    },
    undefined,
    2,
  )}\n`;
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
writeFileSync('docs/errors.md', errorsPage());
writeFileSync('docs/settings.md', settingsPage());
writeFileSync('docs/settings.schema.json', schema());
writeFileSync(
  'src/generated/version.ts',
  `// Generated from package.json by \`npm run generate\`. Do not edit.\n\nexport const VERSION = '${version}';\n`,
);

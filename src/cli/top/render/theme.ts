/** How things look: a few tones, and glyphs with plain ones for terminals that are not UTF-8. */
export type Tone = 'plain' | 'dim' | 'bold' | 'accent' | 'warn' | 'bad' | 'badge';

export interface Theme {
  readonly isUnicode: boolean;
  readonly glyphs: Glyphs;
  paint(text: string, tone: Tone): string;
}

export interface Glyphs {
  readonly ellipsis: string;
  readonly descending: string;
  readonly ascending: string;
  readonly selected: string;
  readonly expanded: string;
  readonly guide: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly none: string;
  readonly sideways: string;
  readonly upAndDown: string;
  /** This end dialled; this end accepted. */
  readonly outgoing: string;
  readonly incoming: string;
}

const UNICODE: Glyphs = {
  ellipsis: '…',
  descending: '▾',
  ascending: '▴',
  selected: '›',
  expanded: '▾',
  guide: '│',
  barFull: '█',
  barEmpty: '░',
  none: '–',
  sideways: '←→',
  upAndDown: '↑↓',
  outgoing: '→',
  incoming: '←',
};

const ASCII: Glyphs = {
  ellipsis: '~',
  descending: 'v',
  ascending: '^',
  selected: '>',
  expanded: 'v',
  guide: '|',
  barFull: '#',
  barEmpty: '.',
  none: '-',
  sideways: 'left right',
  upAndDown: 'up down',
  outgoing: '->',
  incoming: '<-',
};

const COLOURED: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '2',
  bold: '1',
  accent: '1;36',
  warn: '33',
  bad: '1;31',
  badge: '7',
};

/** NO_COLOR asks for no colour; weight and reverse video stay. */
const COLOURLESS: Readonly<Record<Tone, string>> = { ...COLOURED, accent: '1', warn: '1', bad: '1' };

export function createTheme(options: {
  readonly isUnicode: boolean;
  readonly style: 'colour' | 'plain' | 'none';
}): Theme {
  const codes = options.style === 'colour' ? COLOURED : COLOURLESS;
  const isPainted = options.style !== 'none';
  return {
    isUnicode: options.isUnicode,
    glyphs: options.isUnicode ? UNICODE : ASCII,
    paint: (text, tone) => (isPainted && codes[tone] && text ? `\x1b[${codes[tone]}m${text}\x1b[0m` : text),
  };
}

/** What the environment says about the terminal. */
export function themeOf(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Theme {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const isDumb = env['TERM'] === 'dumb';
  const style = !isTerminal || isDumb ? 'none' : env['NO_COLOR'] ? 'plain' : 'colour';
  return createTheme({ isUnicode: /utf-?8/i.test(locale), style });
}

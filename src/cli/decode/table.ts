import type { Endpoint, Exchange, ExchangeStatus } from '../../model/exchange.ts';
import { createLine, type Line, printable } from '../top/render/line.ts';
import { fitText } from '../top/render/text.ts';
import type { Theme, Tone } from '../top/render/theme.ts';
import { durationText, isoTime } from './time.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Left out of narrower tables. */
  readonly fromColumns: number;
  readonly cell: (exchange: Exchange, baseS: number) => string;
  readonly tone: (exchange: Exchange) => Tone;
}

export interface Table {
  header(): string;
  row(exchange: Exchange, baseS: number): string;
}

const GAP = 2;
const plain = (): Tone => 'plain';
const dim = (): Tone => 'dim';
const TONES: Readonly<Record<ExchangeStatus, Tone>> = { ok: 'plain', refused: 'warn', failed: 'bad', unknown: 'dim' };

const COLUMNS: readonly Column[] = [
  {
    title: 'TIME (UTC)',
    width: 15,
    align: 'left',
    fromColumns: 0,
    cell: ({ startNs }, baseS) => isoTime(baseS, startNs).slice(11, 26),
    tone: dim,
  },
  {
    title: 'DURATION',
    width: 8,
    align: 'right',
    fromColumns: 0,
    cell: (exchange) => (exchange.response ? durationText(exchange.endNs - exchange.startNs) : '–'),
    tone: plain,
  },
  {
    title: 'PROTOCOL',
    width: 10,
    align: 'left',
    fromColumns: 60,
    cell: ({ protocol }) => protocol,
    tone: plain,
  },
  {
    title: 'STATUS',
    width: 13,
    align: 'left',
    fromColumns: 0,
    cell: statusText,
    tone: ({ status }) => TONES[status],
  },
  {
    title: 'CLIENT',
    width: 21,
    align: 'left',
    fromColumns: 130,
    cell: ({ client }) => endText(client),
    tone: dim,
  },
  { title: 'SERVER', width: 21, align: 'left', fromColumns: 90, cell: ({ server }) => endText(server), tone: dim },
];

/** Rows are printed as they come, so that a capture of any size needs no memory: widths are fixed. */
export function createTable(columns: number, theme: Theme): Table {
  const shown = COLUMNS.filter(({ fromColumns }) => columns >= fromColumns);
  return {
    header() {
      const line = createLine(columns, theme);
      for (const column of shown) add(line, fitText(column.title, column.width, column.align, ''), 'dim');
      return `${line.add('REQUEST', 'dim').toString()}\n`;
    },
    row(exchange, baseS) {
      const line = createLine(columns, theme);
      for (const column of shown) {
        const text = printable(column.cell(exchange, baseS), theme);
        const keep = column.title === 'SERVER' || column.title === 'CLIENT' ? 'end' : 'start';
        add(line, fitText(text, column.width, column.align, theme.glyphs.ellipsis, keep), column.tone(exchange));
      }
      const request = printable(requestText(exchange), theme);
      const { remaining } = line;
      line.add(request.length > remaining ? fitText(request, remaining, 'left', theme.glyphs.ellipsis) : request);
      return `${line.toString().trimEnd()}\n`;
    },
  };
}

function add(line: Line, text: string, tone: Tone): void {
  line.add(text, tone).add(' '.repeat(GAP));
}

function statusText({ status, errorType, attributes, missed }: Exchange): string {
  if (missed !== undefined && status === 'unknown') return 'no answer';
  const code = attributes['http.response.status_code'];
  return errorType ?? (code === undefined ? status : String(code));
}

/** The name, and what tells this request from others of its kind. */
function requestText({ name, attributes, missed }: Exchange): string {
  const more =
    attributes['db.query.text'] ?? attributes['dns.question.name'] ?? attributes['messaging.destination.name'];
  const text = more === undefined || more === name ? name : `${name}  ${more}`;
  return missed === undefined ? text : `${text}  (${missed})`;
}

const endText = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

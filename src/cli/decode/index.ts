import type { Env } from '../../config/file.ts';
import { ConfigError, showValue } from '../../config/problem.ts';
import { decodeCapture } from '../../decode/capture/decode-capture.ts';
import { PROTOCOLS } from '../../decode/protocols/registry.ts';
import { EXIT_OK } from '../exit-code.ts';
import { themeOf } from '../top/render/theme.ts';
import { exchangeJson, summaryJson } from './json.ts';
import { summaryText } from './summary-text.ts';
import { createTable } from './table.ts';

/** The part of `process.stdout` that is used here. */
export interface DecodeOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

export interface DecodeDeps {
  readonly operands: readonly string[];
  readonly isJson: boolean;
  readonly stdout: DecodeOutput;
  readonly env: Env;
}

/** Where no terminal sets a width nothing is cut. */
const UNBOUNDED_COLUMNS = 1000;

/** `sonde decode FILE`; the result is the exit code. */
export function runDecode({ operands, isJson, stdout, env }: DecodeDeps): number {
  const path = oneFile(operands);
  if (isJson) {
    const summary = decodeCapture(path, PROTOCOLS, (exchange, baseS) => stdout.write(exchangeJson(exchange, baseS)));
    stdout.write(summaryJson(summary));
    return EXIT_OK;
  }
  const theme = themeOf(env, Boolean(stdout.isTTY));
  const columns = stdout.columns || UNBOUNDED_COLUMNS;
  const table = createTable(columns, theme);
  let hasHeader = false;
  const summary = decodeCapture(path, PROTOCOLS, (exchange, baseS) => {
    if (!hasHeader) stdout.write(table.header());
    hasHeader = true;
    stdout.write(table.row(exchange, baseS));
  });
  stdout.write(`${hasHeader ? '\n' : ''}${summaryText(summary, columns, theme)}`);
  return EXIT_OK;
}

function oneFile(operands: readonly string[]): string {
  const [path, ...others] = operands;
  const flag = operands.find((each) => each.startsWith('-'));
  const refuse = (subject: string, detail: string): ConfigError =>
    new ConfigError([{ code: 'SND_CFG_USAGE', path: subject, detail }]);
  if (flag !== undefined) throw refuse(showValue(flag), 'is no flag of decode; allowed: --json');
  if (path === undefined) throw refuse('decode', 'needs a FILE: a pcap or pcapng capture');
  if (others[0] !== undefined) throw refuse(showValue(others[0]), 'is one file too many');
  return path;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDecode } from '../../../../src/cli/decode/index.ts';
import { widthOf } from '../../../../src/cli/top/render/text.ts';

const HTTP = 'test/corpus/http1/nginx-requests.pcap';
const REDIS = 'test/corpus/redis/pubsub-resp3.pcap';

function decode(operands: string[], more: { isJson?: boolean; columns?: number; env?: Record<string, string> } = {}) {
  let text = '';
  const stdout = {
    isTTY: more.columns !== undefined,
    columns: more.columns ?? 0,
    write(part: string) {
      text += part;
      return true;
    },
  };
  const code = runDecode({ operands, isJson: more.isJson ?? false, stdout, env: more.env ?? { LANG: 'C.UTF-8' } });
  return { code, text };
}

test('text: a header, a line an exchange, a summary, nothing cut where no terminal is', () => {
  const { code, text } = decode([HTTP]);
  const lines = text.split('\n');
  assert.equal(code, 0);
  assert.match(lines[0] ?? '', /^TIME \(UTC\) +DURATION +PROTOCOL +STATUS +CLIENT +SERVER +REQUEST$/);
  assert.match(
    lines[1] ?? '',
    /^\d\d:\d\d:\d\d\.\d{6} .*http1 +200 +127\.0\.0\.1:\d+ +127\.0\.0\.1:18080 +GET \/users\/\{id\}$/,
  );
  assert.equal(lines.filter((line) => line.includes('http1')).length, 24);
  assert.match(text, /\n\n\d+ packets, 1 connection, 24 exchanges\n$/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f]/);
});

test('text: fits every terminal, and NO_COLOR and C locales are heeded', () => {
  for (const columns of [40, 60, 80, 100, 200]) {
    const { text } = decode([REDIS], { columns, env: { LANG: 'C', NO_COLOR: '1', TERM: 'xterm' } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colour
    assert.doesNotMatch(text, /\x1b\[[0-9;]*3\d/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: weights may stay
    const plain = text.replaceAll(/\x1b\[[0-9;]*m/g, '');
    assert.match(plain, /^[\x20-\x7e\n]*$/);
    for (const line of plain.split('\n')) assert.ok(widthOf(line) <= columns, line);
  }
});

test('json: one object a line, the summary last', () => {
  const { text } = decode([HTTP], { isJson: true });
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, 25);
  assert.equal(lines[24].kind, 'summary');
  assert.equal(lines[24].exchangeCount, 24);
  const traced = lines.find(({ traceparent }) => traceparent);
  assert.equal(traced.traceparent, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  assert.match(traced.start, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.equal(traced.isComplete, true);
});

test('one file is needed, and it must be there', () => {
  assert.throws(() => decode([]), { code: 'SND_CFG_USAGE' });
  assert.throws(() => decode([HTTP, REDIS]), { code: 'SND_CFG_USAGE' });
  assert.throws(() => decode(['--jsn', HTTP]), { code: 'SND_CFG_USAGE' });
  assert.throws(() => decode(['/absent.pcap']), { code: 'SND_DEC_FILE' });
  assert.throws(() => decode(['README.md']), { code: 'SND_DEC_FORMAT' });
});

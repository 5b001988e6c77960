import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapture } from '../../../../src/decode/capture/decode-capture.ts';
import { PROTOCOLS } from '../../../../src/decode/protocols/registry.ts';
import { SNIFF_LIMIT_BYTES } from '../../../../src/decode/stream/detector.ts';
import type { Exchange } from '../../../../src/model/exchange.ts';
import { recordings, truthLines } from './corpus.ts';
import { conversations } from './pieces.ts';

const SECRETS = /secret|4711|12345/i;

for (const { protocol, path, truth } of recordings()) {
  test(`${path}: every request of the client's log is one exchange with its status`, () => {
    const exchanges: Exchange[] = [];
    const summary = decodeCapture(path, PROTOCOLS, (exchange) => exchanges.push(exchange));
    assert.deepEqual(
      exchanges.map(({ name, status, errorType }) => `${name} ${status} ${errorType ?? ''}`).toSorted(),
      truthLines(truth),
    );
    assert.deepEqual(summary.missed, []);
    assert.deepEqual(summary.unknown, []);
    for (const exchange of exchanges) {
      assert.equal(exchange.protocol, protocol);
      assert.ok(exchange.endNs >= exchange.startNs && exchange.request.sizeBytes > 0);
      assert.ok((exchange.response?.sizeBytes ?? 0) > 0);
      assert.equal(exchange.missed, undefined);
    }
    const told = exchanges.map(({ name, attributes }) => [name, attributes]);
    assert.doesNotMatch(JSON.stringify(told), SECRETS, 'no key, body or literal leaves');
  });

  test(`${path}: exactly one parser claims it`, () => {
    const claims = new Set<string>();
    for (const pieces of conversations(path)) {
      const first = pieces[0]?.bytes.subarray(0, SNIFF_LIMIT_BYTES) ?? Buffer.alloc(0);
      const direction = pieces[0]?.side === 'a' ? 'request' : 'response';
      for (const spec of PROTOCOLS)
        if (spec.transports.includes('tcp') && spec.looksLike(first, direction, 'tcp') === 'yes') claims.add(spec.name);
    }
    const isUdp = conversations(path).length === 0;
    assert.deepEqual([...claims], isUdp ? [] : [protocol]);
  });
}

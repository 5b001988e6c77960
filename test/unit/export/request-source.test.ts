import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SnapshotTaker } from '../../../src/export/otlp/snapshot.ts';
import { RequestSource } from '../../../src/export/request-source.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { batch, countOf, largeBatch, metric, resource, series, T0_MS } from './fixtures.ts';

function drain(source: RequestSource): { points: number; sizesBytes: number[] } {
  const sizesBytes: number[] = [];
  let points = 0;
  for (let request = source.next(); request; request = source.next()) {
    points += request.points;
    sizesBytes.push(request.bytes.length);
  }
  return { points, sizesBytes };
}

describe('snapshots that wait in memory', () => {
  it('are bounded in points: the oldest is given up, less what was sent of it', () => {
    const ledger = createLedger();
    const taker = new SnapshotTaker('cumulative', ledger);
    const source = new RequestSource(ledger);
    const large = largeBatch(100_000);
    source.push(taker.take(large));
    const sent = source.next()?.points ?? 0;
    assert.ok(sent > 5000);
    for (let i = 0; i < 10; i++) source.push(taker.take(large));
    assert.equal(countOf(ledger, 'dropped', 'behind'), 100_000 - sent);
    assert.equal(drain(source).points, 1_000_000);
    assert.ok(source.isEmpty);
  });

  it('are bounded in number', () => {
    const ledger = createLedger();
    const taker = new SnapshotTaker('cumulative', ledger);
    const source = new RequestSource(ledger);
    const calls = series(metric(), {}, 1);
    for (let i = 0; i < 150; i++) source.push(taker.take(batch(T0_MS + i, resource('c', [calls]))));
    assert.equal(countOf(ledger, 'dropped', 'behind'), 50);
    assert.equal(drain(source).points, 100);
  });

  it('give requests half as large as one that was refused for its size, down to 64 KiB', () => {
    const ledger = createLedger();
    const taker = new SnapshotTaker('cumulative', ledger);
    const source = new RequestSource(ledger);
    const large = largeBatch(5000);
    source.makeSmaller(1_000_000);
    source.push(taker.take(large));
    assert.ok(drain(source).sizesBytes.every((size) => size <= 500_000));
    source.makeSmaller(100);
    source.push(taker.take(large));
    const { points, sizesBytes } = drain(source);
    assert.equal(points, 5000);
    assert.ok(sizesBytes.every((size) => size <= 65_536 && sizesBytes.length < 40));
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { freePort } from '../../harness/ports.ts';
import { batch, countOf, metric, resource, series, T0_MS, tempDir } from './fixtures.ts';
import { openSink, openStage, range, valuesOf } from './stage.ts';

const protocol = 'grpc';

describe('delivery', () => {
  it('loses the oldest when the queue is full, counts them and says so', async (t) => {
    const port = await freePort();
    const { stage, pushValue, until, passUntil, ledger, log } = openStage(t, `http://localhost:${port}`, tempDir(t), {
      queueLimitBytes: 1000,
    });
    for (const value of range(1, 20)) pushValue(value);
    await until('all booked', () => countOf(ledger, 'dropped', 'queue-full') + stage.state().queuedRequests === 20);
    const kept = stage.state().queuedRequests;
    assert.ok(kept > 3 && kept < 10 && stage.state().queueBytes <= 1000, `${kept} kept`);
    const sink = await openSink(t, { protocol, port });
    await passUntil('what was kept', () => sink.requests === kept);
    assert.deepEqual(valuesOf(sink), range(21 - kept, 20));
    await until('the line', () => log.lines.some((line) => line.includes('takes data again')));
    assert.match(log.lines.join('\n'), /SND_EXP_QUEUE_FULL/);
    assert.match(log.lines.at(-1) ?? '', new RegExp(`${kept} requests waited .* ${20 - kept} were lost`));
  });

  it('keeps nothing on disk with a limit of 0, and delivers all the same', async (t) => {
    const sink = await openSink(t, { protocol });
    const { pushValue, until, passUntil, ledger, log } = openStage(t, sink.endpoint, tempDir(t), {
      queueLimitBytes: 0,
    });
    pushValue(1);
    await until('the first', () => sink.requests === 1);
    sink.fault({ kind: 'grpc', code: status.UNAVAILABLE, details: 'no', times: 1 });
    pushValue(2);
    await until('the loss', () => countOf(ledger, 'dropped', 'queue-full') === 1);
    pushValue(3);
    await passUntil('the next', () => sink.requests === 2);
    await until('the line', () => /takes data again.* 1 were lost/.test(log.lines.join('\n')));
    assert.deepEqual(valuesOf(sink), [1, 3]);
  });

  it('delivers while the disk is of no use', async (t) => {
    const dataDir = tempDir(t);
    writeFileSync(join(dataDir, 'queue'), '');
    const sink = await openSink(t, { protocol });
    const { pushValue, until, log } = openStage(t, sink.endpoint, dataDir);
    for (const value of range(1, 3)) pushValue(value);
    await until('three', () => sink.requests === 3);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? '', /^warn export SND_EXP_QUEUE /);
  });

  it('ignores garbage in the queue and sends what is whole', async (t) => {
    const dataDir = tempDir(t);
    const port = await freePort();
    const before = openStage(t, `http://localhost:${port}`, dataDir);
    for (const value of range(1, 3)) before.pushValue(value);
    await before.stage.close();
    const directory = join(dataDir, 'queue');
    const [first] = readdirSync(directory).sort();
    writeFileSync(join(directory, first ?? ''), 'garbage');
    writeFileSync(join(directory, 'README'), 'x'.repeat(5000));
    mkdirSync(join(directory, '9999999999999999.otlp'));
    const sink = await openSink(t, { protocol, port });
    const { pushValue, until, ledger } = openStage(t, sink.endpoint, dataDir);
    pushValue(4);
    await until('three', () => sink.requests === 3);
    assert.deepEqual(valuesOf(sink), [2, 3, 4]);
    assert.equal(countOf(ledger, 'dropped', 'queue-odd-file'), 3);
  });

  it('goes on at once after the wall clock was set back by a day', async (t) => {
    const sink = await openSink(t, { protocol });
    sink.fault({ kind: 'grpc', code: status.UNAVAILABLE, details: 'no', times: 1 });
    const { stage, pushValue, until, clock } = openStage(t, sink.endpoint, tempDir(t));
    pushValue(1);
    await until('the failure', () => stage.state().queuedRequests === 1);
    stage.tick(clock.wallMs());
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(sink.requests, 0, 'not due yet');
    stage.tick(clock.wallMs() - 86_400_000);
    await until('the request', () => sink.requests === 1);
  });

  it('spills the rest of a large flush when it fails in the middle, and keeps its order', async (t) => {
    const sink = await openSink(t, { protocol });
    const { stage, until, passUntil, ledger, push } = openStage(t, sink.endpoint, tempDir(t), { timeoutMs: 5000 });
    const live = Array.from({ length: 40_000 }, (_, i) =>
      series(metric(), { 'test.n': i, 'test.pad': 'x'.repeat(300) }, i),
    );
    push(batch(T0_MS, resource('big', live)));
    await until('the first request', () => sink.requests === 1);
    sink.fault({ kind: 'grpc', code: status.UNAVAILABLE, details: 'no', times: 1 });
    await until('the rest on disk', () => stage.state().queuedRequests > 0, 20_000);
    await passUntil('all', () => countOf(ledger, 'kept') === 40_000, 30_000);
    assert.deepEqual(valuesOf(sink), range(0, 39_999));
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SondeError } from '../../../src/errors/sonde-error.ts';
import { DiskQueue } from '../../../src/export/disk-queue.ts';
import { decodeQueueFile, encodeQueueHeader } from '../../../src/export/queue-file.ts';
import { createLedger } from '../../../src/self/ledger.ts';
import { countOf, tempDir } from './fixtures.ts';

const request = (text: string, points = 1) => ({ bytes: Buffer.from(text), points });
const SIZE = 32 + 5;

function openQueue(directory: string, limitBytes = 1e6) {
  const ledger = createLedger();
  const problems: SondeError[] = [];
  let dropped = 0;
  const queue = new DiskQueue({
    directory,
    limitBytes,
    ledger,
    onProblem: (problem) => problems.push(problem),
    onDropped: (requests) => {
      dropped += requests;
    },
  });
  const drain = async (): Promise<string[]> => {
    const texts: string[] = [];
    for (let next = await queue.first(); next; next = await queue.first()) {
      texts.push(Buffer.from(next.bytes).toString());
      await queue.removeFirst();
    }
    return texts;
  };
  return { queue, ledger, problems, drain, dropped: () => dropped };
}

describe('queue on disk', () => {
  it('gives requests back in order, in this run and the next', async (t) => {
    const directory = join(tempDir(t), 'queue');
    const first = openQueue(directory);
    await first.queue.open();
    for (let i = 0; i < 12; i++)
      assert.equal(await first.queue.append(request(`r${String(i).padStart(4, '0')}`, i)), true);
    assert.equal(first.queue.sizeBytes, 12 * SIZE);
    assert.equal((await first.queue.first())?.points, 0);
    await first.queue.removeFirst();
    const second = openQueue(directory);
    await second.queue.open();
    assert.equal(second.queue.length, 11);
    assert.equal(second.queue.sizeBytes, 11 * SIZE);
    await second.queue.append(request('newer'));
    assert.deepEqual(await second.drain(), [
      ...Array.from({ length: 11 }, (_, i) => `r${String(i + 1).padStart(4, '0')}`),
      'newer',
    ]);
    assert.deepEqual(readdirSync(directory), []);
    assert.equal(second.queue.sizeBytes, 0);
  });

  it('stays within its bound: the oldest are dropped and counted by their points', async (t) => {
    const directory = join(tempDir(t), 'queue');
    const { queue, ledger, drain, dropped, problems } = openQueue(directory, 3 * SIZE);
    await queue.open();
    for (const [i, text] of ['aaaaa', 'bbbbb', 'ccccc', 'ddddd', 'eeeee'].entries())
      await queue.append(request(text, 10 ** i));
    assert.equal(queue.sizeBytes, 3 * SIZE);
    assert.equal(countOf(ledger, 'dropped', 'queue-full'), 11);
    assert.equal(dropped(), 2);
    assert.deepEqual(
      problems.map((problem) => problem.code),
      ['SND_EXP_QUEUE_FULL', 'SND_EXP_QUEUE_FULL'],
    );
    assert.equal(await queue.append(request('x'.repeat(200), 7)), false);
    assert.equal(countOf(ledger, 'dropped', 'queue-full'), 18);
    assert.deepEqual(await drain(), ['ccccc', 'ddddd', 'eeeee']);
  });

  it('applies a bound that became smaller since the last run', async (t) => {
    const directory = join(tempDir(t), 'queue');
    const before = openQueue(directory);
    await before.queue.open();
    for (const text of ['aaaaa', 'bbbbb', 'ccccc']) await before.queue.append(request(text, 5));
    const after = openQueue(directory, 2 * SIZE);
    await after.queue.open();
    assert.equal(countOf(after.ledger, 'dropped', 'queue-full'), 5);
    assert.deepEqual(await after.drain(), ['bbbbb', 'ccccc']);
  });

  it('sets aside what is damaged or not its own, counts it, and gives the rest', async (t) => {
    const directory = join(tempDir(t), 'queue');
    const before = openQueue(directory);
    await before.queue.open();
    for (const text of ['aaaaa', 'bbbbb', 'ccccc', 'ddddd']) await before.queue.append(request(text));
    const [a, b, c] = readdirSync(directory).sort();
    const damage = (name: string | undefined, change: (file: Buffer) => Buffer) => {
      const path = join(directory, name ?? '');
      writeFileSync(path, change(readFileSync(path)));
    };
    damage(a, (file) => file.fill(0xff, 34));
    damage(b, (file) => file.subarray(0, 35));
    damage(c, () => Buffer.alloc(0));
    writeFileSync(join(directory, 'notes.txt'), 'hello');
    writeFileSync(join(directory, '0000000000000009.otlp.tmp'), 'half');
    mkdirSync(join(directory, '0000000000000007.otlp'));
    symlinkSync('/dev/zero', join(directory, '0000000000000008.otlp'));
    const after = openQueue(directory);
    await after.queue.open();
    assert.deepEqual(await after.drain(), ['ddddd']);
    assert.deepEqual(readdirSync(directory), ['aside']);
    assert.equal(readdirSync(join(directory, 'aside')).length, 6);
    assert.equal(countOf(after.ledger, 'dropped', 'queue-damaged'), 3, 'changed, cut and half written');
    assert.equal(countOf(after.ledger, 'dropped', 'queue-odd-file'), 4, 'empty, text, directory, link');
    assert.deepEqual(after.problems, []);
  });

  it('keeps no more than 16 files aside', async (t) => {
    const directory = join(tempDir(t), 'queue');
    mkdirSync(directory);
    for (let i = 0; i < 40; i++) writeFileSync(join(directory, `odd-${i}`), 'x');
    const { queue, ledger } = openQueue(directory);
    await queue.open();
    assert.equal(countOf(ledger, 'dropped', 'queue-odd-file'), 40);
    assert.equal(readdirSync(join(directory, 'aside')).length, 16);
  });

  it('reports a disk that cannot be used, counts what it lost, and goes on', async (t) => {
    const directory = join(tempDir(t), 'queue');
    writeFileSync(directory, 'a file stands where the directory should be');
    const { queue, problems, ledger } = openQueue(directory);
    await queue.open();
    assert.equal(await queue.append(request('aaaaa', 4)), false);
    assert.equal(await queue.first(), undefined);
    assert.equal(countOf(ledger, 'dropped', 'queue-write'), 4);
    assert.ok(problems.length > 0 && problems.every((problem) => problem.code === 'SND_EXP_QUEUE'));
  });

  it('is readable by its owner only', async (t) => {
    const directory = join(tempDir(t), 'queue');
    const { queue } = openQueue(directory);
    await queue.open();
    await queue.append(request('aaaaa'));
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, readdirSync(directory)[0] ?? '')).mode & 0o777, 0o600);
  });

  it('takes back any request, and nothing that was changed in any byte', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, points, where, by) => {
          const file = Buffer.concat([encodeQueueHeader({ bytes, points }), bytes]);
          const back = decodeQueueFile(file);
          assert.deepEqual(back && { bytes: [...back.bytes], points: back.points }, { bytes: [...bytes], points });
          const at = where % file.length;
          // The points are only counted with, the rest of the header is unused.
          if ((at >= 8 && at < 12) || (at >= 20 && at < 32)) return;
          file[at] = (file[at] ?? 0) ^ by;
          assert.equal(decodeQueueFile(file), undefined);
        },
      ),
    );
  });
});

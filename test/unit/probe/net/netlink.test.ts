import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NatEntry, TableChange } from '../../../../src/model/network.ts';
import { parseConntrack } from '../../../../src/probe/net/netlink/conntrack.ts';
import { parseRouteTables } from '../../../../src/probe/net/netlink/route-tables.ts';

const attribute = (type: number, value: Buffer): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
};
const message = (type: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + payload.length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, payload]);
};
const be16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const NESTED = 0x8000;

function tuple(source: string, sourcePort: number, destination: string, destinationPort: number): Buffer {
  const ip = (text: string) => Buffer.from(text.split('.').map(Number));
  return Buffer.concat([
    attribute(1 | NESTED, Buffer.concat([attribute(1, ip(source)), attribute(2, ip(destination))])),
    attribute(
      2 | NESTED,
      Buffer.concat([
        attribute(1, Buffer.from([6])),
        attribute(2, be16(sourcePort)),
        attribute(3, be16(destinationPort)),
      ]),
    ),
  ]);
}

const connection = (kind: number, original: Buffer, reply: Buffer): Buffer =>
  message(
    0x100 | kind,
    Buffer.concat([Buffer.alloc(4), attribute(1 | NESTED, original), attribute(2 | NESTED, reply)]),
  );

const changesIn = (bytes: Uint8Array): TableChange[] => {
  const changes: TableChange[] = [];
  parseRouteTables(bytes, (change) => changes.push(change));
  return changes;
};
const entriesIn = (bytes: Uint8Array): [NatEntry, boolean][] => {
  const entries: [NatEntry, boolean][] = [];
  parseConntrack(bytes, (entry, isEnded) => entries.push([entry, isEnded]));
  return entries;
};

describe('netlink messages', () => {
  it('give translated connections and their end; others are left out', () => {
    const original = tuple('172.18.0.2', 40000, '10.77.0.2', 8080);
    const reply = tuple('172.18.0.3', 80, '10.77.0.1', 61000);
    const untranslated = tuple('10.77.0.2', 8080, '172.18.0.2', 40000);
    const batch = Buffer.concat([
      connection(0, original, reply),
      connection(0, original, untranslated),
      connection(2, original, reply),
    ]);
    const entry: NatEntry = {
      transport: 'tcp',
      original: {
        sourceAddress: '172.18.0.2',
        sourcePort: 40000,
        destinationAddress: '10.77.0.2',
        destinationPort: 8080,
      },
      reply: { sourceAddress: '172.18.0.3', sourcePort: 80, destinationAddress: '10.77.0.1', destinationPort: 61000 },
      zone: 0,
    };
    assert.deepEqual(entriesIn(batch), [
      [entry, false],
      [entry, true],
    ]);
  });

  it('of a bridge about its ports do not take links away', () => {
    const link = (family: number) => {
      const payload = Buffer.alloc(16);
      payload[0] = family;
      payload.writeInt32LE(7, 4);
      return Buffer.concat([payload, attribute(3, Buffer.from('veth7\0'))]);
    };
    assert.deepEqual(changesIn(message(17, link(7))), []);
    const [removed] = changesIn(message(17, link(0)));
    assert(removed?.table === 'links' && removed.isRemoved);
    assert.deepEqual([removed.row.index, removed.row.name], [7, 'veth7']);
  });

  it('of any bytes neither throw nor read beyond themselves', () => {
    const types = fc.constantFrom(16, 17, 20, 24, 28, 29, 32, 0x100, 0x102);
    const garbage = fc
      .tuple(types, fc.uint8Array({ maxLength: 200 }))
      .map(([type, bytes]) => message(type, Buffer.from(bytes)));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(garbage, fc.uint8Array({ maxLength: 64 })), { maxLength: 5 }),
        fc.nat(300),
        (parts, cut) => {
          const bytes = Buffer.concat(parts);
          for (const part of [bytes, bytes.subarray(0, Math.min(cut, bytes.length))]) {
            changesIn(part);
            entriesIn(part);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('cut short or with a wrong length give what came before', () => {
    const whole = connection(0, tuple('10.0.0.1', 1, '10.0.0.2', 2), tuple('10.0.0.3', 3, '10.0.0.1', 1));
    for (let size = 0; size < whole.length; size++)
      assert.equal(entriesIn(Buffer.concat([whole, whole.subarray(0, size)])).length, 1);
    const wrong = Buffer.from(whole);
    wrong.writeUInt32LE(3, 0);
    assert.equal(entriesIn(Buffer.concat([whole, wrong, whole])).length, 1);
  });
});

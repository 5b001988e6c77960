import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDecode } from '../../../src/decode/decode.ts';
import {
  EV_CGROUP_MADE,
  EV_HEADER,
  EV_PROCESS_EXECED,
  EV_PROCESS_EXITED,
  EV_SLOT_CLOSED,
  EV_SLOT_OPENED,
  EVENT_NUMBERS,
  type KernelEventName,
} from '../../../src/generated/layout.ts';
import type { KernelFact } from '../../../src/model/facts.ts';
import { createLedger } from '../../../src/self/ledger.ts';

/** A record as the kernel writes it: header, then what `fill` puts at the generated offsets. */
function record(
  name: KernelEventName,
  sizeBytes: number,
  slot: number,
  bootNs: bigint,
  fill: (view: DataView, text: (offset: number, value: string) => void) => void = () => undefined,
): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(EV_HEADER.event, EVENT_NUMBERS[name], true);
  view.setUint16(EV_HEADER.recordBytes, sizeBytes, true);
  view.setUint16(EV_HEADER.slot, slot, true);
  view.setBigUint64(EV_HEADER.bootNs, bootNs, true);
  fill(view, (offset, value) => bytes.set(new TextEncoder().encode(value), offset));
  return bytes;
}

function decodeAll(...records: Uint8Array[]): { facts: KernelFact[]; rows: Record<string, number> } {
  const facts: KernelFact[] = [];
  const ledger = createLedger();
  createDecode(
    { ledger },
    (fact) => facts.push(fact),
    () => {},
  ).push(Buffer.concat(records));
  return { facts, rows: Object.fromEntries(ledger.rows().map((row) => [`${row.outcome} ${row.reason}`, row.count])) };
}

test('one record of each shape, in the order they came', () => {
  const bootNs = 123_456_789_012_345n;
  const opened = record('slotOpened', EV_SLOT_OPENED.sizeBytes, 7, bootNs, (view, text) => {
    view.setBigUint64(EV_SLOT_OPENED.cgroupId, 2n ** 60n + 1n, true);
    view.setUint32(EV_SLOT_OPENED.hierarchyId, 4, true);
    view.setUint32(EV_SLOT_OPENED.pid, 4321, true);
    view.setUint32(EV_SLOT_OPENED.netnsInode, 4_026_531_840, true);
    text(EV_SLOT_OPENED.path, 'abc\0docker\0');
    view.setUint32(EV_SLOT_OPENED.pathBytes, 11, true);
  });
  const execed = record('processExeced', EV_PROCESS_EXECED.sizeBytes, 7, bootNs, (view, text) => {
    view.setUint32(EV_PROCESS_EXECED.pid, 4321, true);
    text(EV_PROCESS_EXECED.name, 'fifteen-bytes-x\0');
    text(EV_PROCESS_EXECED.fileName, '/bin/café');
    view.setUint32(EV_PROCESS_EXECED.fileNameBytes, 10, true);
  });
  const closed = record('slotClosed', EV_SLOT_CLOSED.sizeBytes, 7, bootNs);
  const { facts, rows } = decodeAll(opened, execed, closed);
  assert.deepEqual(facts, [
    {
      kind: 'slot-opened',
      slot: 7,
      bootNs: 123_456_789_012_345,
      hierarchyId: 4,
      cgroupId: '1152921504606846977',
      pid: 4321,
      netnsInode: 4_026_531_840,
      path: '/docker/abc',
    },
    {
      kind: 'process-execed',
      slot: 7,
      bootNs: 123_456_789_012_345,
      pid: 4321,
      name: 'fifteen-bytes-x',
      fileName: '/bin/café',
    },
    { kind: 'slot-closed', slot: 7, bootNs: 123_456_789_012_345 },
  ]);
  assert.deepEqual(rows, { 'kept ': 3 });
});

test('exit status as wait4 gives it: code, signal, core bit', () => {
  const exit = (status: number, init: number) =>
    record('processExited', EV_PROCESS_EXITED.sizeBytes, 1, 1n, (view) => {
      view.setUint32(EV_PROCESS_EXITED.status, status, true);
      view.setUint32(EV_PROCESS_EXITED.isContainerInit, init, true);
    });
  const { facts } = decodeAll(exit(3 << 8, 1), exit(9, 0), exit(0x80 | 11, 0), exit(255 << 8, 0));
  assert.deepEqual(
    facts.map((fact) => fact.kind === 'process-exited' && [fact.exitCode, fact.signal, fact.isContainerInit]),
    [
      [3, undefined, true],
      [undefined, 9, false],
      [undefined, 11, false],
      [255, undefined, false],
    ],
  );
});

test('a path that was not carried is undefined; a length beyond the field is cut', () => {
  const none = record('slotOpened', EV_SLOT_OPENED.sizeBytes, 1, 1n);
  const long = record('cgroupMade', EV_CGROUP_MADE.sizeBytes, 1, 1n, (view, text) => {
    text(EV_CGROUP_MADE.path, 'x'.repeat(EV_CGROUP_MADE.pathCapacityBytes));
    view.setUint32(EV_CGROUP_MADE.pathBytes, 65_535, true);
  });
  const { facts } = decodeAll(none, long);
  assert.equal(facts[0]?.kind === 'slot-opened' && facts[0].path, undefined);
  assert.equal(facts[1]?.kind === 'cgroup-made' && facts[1].path.length, EV_CGROUP_MADE.pathCapacityBytes);
});

test('bad records are counted by reason, and what follows an unknown one is still read', () => {
  const good = record('slotClosed', EV_SLOT_CLOSED.sizeBytes, 2, 1n);
  const unknown = record('slotClosed', 24, 2, 1n);
  new DataView(unknown.buffer).setUint16(EV_HEADER.event, 999, true);
  const short = record('processExeced', 32, 2, 1n);
  const lying = record('slotClosed', EV_SLOT_CLOSED.sizeBytes, 2, 1n);
  new DataView(lying.buffer).setUint16(EV_HEADER.recordBytes, 4, true);
  const { facts, rows } = decodeAll(unknown, short, good, lying, good);
  assert.equal(facts.length, 1);
  assert.deepEqual(rows, {
    'dropped unknown_event': 1,
    'dropped short_record': 1,
    'dropped bad_length': 1,
    'kept ': 1,
  });
});

test('no bytes whatsoever make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      decodeAll(bytes);
    }),
  );
});

test('whole records with random bodies become facts with strings and finite numbers', () => {
  const sizes = { slotOpened: EV_SLOT_OPENED, processExeced: EV_PROCESS_EXECED, cgroupMade: EV_CGROUP_MADE } as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(sizes) as (keyof typeof sizes)[])),
      fc.uint8Array({ minLength: 296, maxLength: 296 }),
      (name, body) => {
        const bytes = record(name, sizes[name].sizeBytes, 1, 1n);
        bytes.set(body.subarray(0, bytes.length - EV_HEADER.sizeBytes), EV_HEADER.sizeBytes);
        const { facts } = decodeAll(bytes);
        assert.equal(facts.length, 1);
        for (const value of Object.values(facts[0] ?? {}))
          assert.ok(typeof value !== 'number' || Number.isFinite(value));
      },
    ),
  );
});

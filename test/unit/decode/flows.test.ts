import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDecode } from '../../../src/decode/decode.ts';
import {
  EV_FLOW_CLOSED,
  EV_FLOW_COUNTED,
  EV_HEADER,
  EVENT_NUMBERS,
  FLOW_COUNTS,
  FLOW_ENDS,
  FLOW_FLAGS,
  ROLE_NAMES,
} from '../../../src/generated/layout.ts';
import type { FlowFact } from '../../../src/model/flow-facts.ts';
import { parseIp } from '../../../src/model/ip.ts';
import { createLedger } from '../../../src/self/ledger.ts';

function decodeAll(records: Uint8Array): FlowFact[] {
  const flows: FlowFact[] = [];
  createDecode(
    { ledger: createLedger() },
    () => assert.fail('no flow'),
    (fact) => flows.push(fact),
  ).push(records);
  return flows;
}

function record(event: number, sizeBytes: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(EV_HEADER.event, event, true);
  view.setUint16(EV_HEADER.recordBytes, sizeBytes, true);
  view.setBigUint64(EV_HEADER.bootNs, 1000n, true);
  return { bytes, view };
}

function closed(role: 'client' | 'server', local: string, remote: string): { bytes: Uint8Array; view: DataView } {
  const made = record(EVENT_NUMBERS.flowClosed, EV_FLOW_CLOSED.sizeBytes);
  const { bytes, view } = made;
  const at = EV_FLOW_CLOSED.ends;
  view.setBigUint64(at + FLOW_ENDS.id, 2n ** 40n, true);
  view.setUint16(at + FLOW_ENDS.slot, 3, true);
  view.setUint8(at + FLOW_ENDS.transport, 6);
  view.setUint8(at + FLOW_ENDS.role, ROLE_NAMES.indexOf(role));
  view.setUint8(at + FLOW_ENDS.flags, FLOW_FLAGS.printed | FLOW_FLAGS.aborted);
  view.setUint32(at + FLOW_ENDS.ownIsn, 0xfffffff0, true);
  view.setUint32(at + FLOW_ENDS.peerIsn, 5, true);
  view.setUint16(at + FLOW_ENDS.localPort, 80, true);
  view.setUint16(at + FLOW_ENDS.remotePort, 65_535, true);
  for (const [offset, address] of [
    [FLOW_ENDS.localAddress, local],
    [FLOW_ENDS.remoteAddress, remote],
  ] as const) {
    const ip = parseIp(address);
    assert.ok(ip);
    if (ip.length === 4) bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...ip], at + offset);
    else bytes.set(ip, at + offset);
  }
  view.setBigUint64(EV_FLOW_CLOSED.counts + FLOW_COUNTS.sentBytes, 2n ** 50n + 1n, true);
  return made;
}

test('addresses of both families, ports, big counters, flags; the pair of numbers is (client, server) at both ends', () => {
  for (const [role, print] of [
    ['client', { clientIsn: 0xfffffff0, serverIsn: 5 }],
    ['server', { clientIsn: 5, serverIsn: 0xfffffff0 }],
  ] as const) {
    const [fact] = decodeAll(closed(role, '10.1.2.3', '255.0.0.1').bytes);
    assert.ok(fact?.kind === 'flow-closed');
    assert.deepEqual(fact.ends.tuple, {
      transport: 'tcp',
      networkType: 'ipv4',
      localAddress: '10.1.2.3',
      localPort: 80,
      remoteAddress: '255.0.0.1',
      remotePort: 65_535,
    });
    assert.deepEqual(fact.ends.fingerprint, print);
    assert.deepEqual([fact.ends.id, fact.counts.sentBytes, fact.isAborted], [2 ** 40, 2 ** 50 + 1, true]);
    assert.deepEqual([fact.ends.pid, fact.ends.processName, fact.ends.openedBootNs], [undefined, undefined, undefined]);
  }
  const [fact] = decodeAll(closed('client', 'fd00::1', '2001:db8:0:1::2').bytes);
  assert.ok(fact?.kind === 'flow-closed');
  assert.deepEqual(
    [fact.ends.tuple.networkType, fact.ends.tuple.localAddress, fact.ends.tuple.remoteAddress],
    ['ipv6', 'fd00::1', '2001:db8:0:1::2'],
  );
});

test('a flow record says nothing about a second in which nothing was acknowledged', () => {
  const { bytes, view } = record(EVENT_NUMBERS.flowCounted, EV_FLOW_COUNTED.sizeBytes);
  const [none] = decodeAll(bytes);
  assert.ok(none?.kind === 'flow-counted' && none.counts.rttUs === undefined);
  view.setUint32(EV_FLOW_COUNTED.counts + FLOW_COUNTS.rttUs, 250, true);
  const [some] = decodeAll(bytes);
  assert.ok(some?.kind === 'flow-counted' && some.counts.rttUs === 250);
});

test('any bytes in a flow record give a fact, never an exception', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: EV_FLOW_CLOSED.sizeBytes, maxLength: EV_FLOW_CLOSED.sizeBytes }),
      (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        view.setUint16(EV_HEADER.event, EVENT_NUMBERS.flowClosed, true);
        view.setUint16(EV_HEADER.recordBytes, EV_FLOW_CLOSED.sizeBytes, true);
        const [fact] = decodeAll(bytes);
        assert.equal(fact?.kind, 'flow-closed');
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DnsAnswered } from '../../src/model/dns.ts';
import { NS_PER_MS } from '../../src/units.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained } from './contain.ts';
import { flowWorkload } from './flow-truth.ts';
import { openKernel } from './open-kernel.ts';

test('look-ups over UDP and TCP: name, type, code, addresses, duration, of the process that asked', async (t) => {
  const kernel = await openKernel(t);
  const { code } = await runContained(kernel.make('dns'), flowWorkload(['dns']));
  assert.equal(code, 0);
  const answered = () =>
    kernel.flows.filter((fact): fact is DnsAnswered => fact.kind === 'dns-answered' && fact.answer !== undefined);
  await waitUntil(
    'the answers',
    () => answered().length,
    (n) => n >= 5,
    5000,
    50,
  );
  assert.deepEqual(
    answered().map(({ transport, answer }) => [transport, answer?.name, answer?.type, answer?.code, answer?.addresses]),
    [
      ['udp', 'web.example', 'A', 'NOERROR', ['127.0.0.1']],
      ['udp', 'nowhere.example', 'AAAA', 'NXDOMAIN', []],
      ['udp', 'six.example', 'AAAA', 'NOERROR', ['2001:db8::7']],
      ['tcp', 'tcp.example', 'TXT', 'SERVFAIL', []],
      ['tcp', 'tcp.example', 'TXT', 'SERVFAIL', []],
    ],
  );
  const [slow, quick] = answered();
  assert.ok(slow?.durationNs !== undefined && slow.durationNs >= 100 * NS_PER_MS && slow.durationNs < 2000 * NS_PER_MS);
  assert.ok(quick?.durationNs !== undefined && quick.durationNs < slow.durationNs);
  assert.equal(kernel.probe.drops()['payload_full'], 0);
  const { slot } = await kernel.wait('slot-opened');
  assert.ok(answered().every((fact) => fact.slot === slot));
});

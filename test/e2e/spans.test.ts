import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { type ContainerOptions, openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import type { CollectedSpan } from '../harness/otlp-json-spans.ts';
import { freePort } from '../harness/ports.ts';
import { buildTcpEnd, type EndTruth, parseEnds, TCP_END } from '../harness/tcp-end.ts';
import { waitUntil } from '../harness/wait.ts';

/**
 * Connections of real containers become spans in a real Collector. What is true say the programs at both
 * ends: bytes, ports, times, errors.
 */
let host: TestHost;
let collector: Collector;
let agent: AgentProcess;
let program: string;

before(async () => {
  program = await buildTcpEnd();
  host = await openTestHost('e2e-spans');
  collector = await startCollector();
  agent = await startAgent({ cgroupRoot: host.cgroupRoot, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl } });
});

after(async () => {
  await agent?.stop();
  await collector?.stop();
  await host?.close();
});

function end(args: readonly string[], over: Partial<ContainerOptions> = {}): Promise<TestContainer> {
  return host.runContainer({
    args: [TCP_END, ...args],
    isCommand: true,
    network: 'bridge',
    ...over,
    hostConfig: { Binds: [`${program}:${TCP_END}:ro`], ...over.hostConfig },
  });
}

async function serve(connections: number, replyBytes: number, over: Partial<ContainerOptions> = {}) {
  const container = await end(['serve', '80', String(connections), String(replyBytes)], over);
  await waitUntil('the server to listen', container.output, (text) => text.includes('listening'));
  const { NetworkSettings } = await host.docker.getContainer(container.id).inspect();
  const { IPAddress: address = '', Gateway: gateway = '' } = NetworkSettings.Networks['bridge'] ?? {};
  return { container, address, gateway };
}

async function truthsOf(container: TestContainer): Promise<EndTruth[]> {
  await container.wait();
  return parseEnds(await container.output());
}

const spansOf = ({ id }: TestContainer): CollectedSpan[] =>
  collector.spans().filter(({ resource }) => resource['container.id'] === id);

/** The spans of a container, once there are so many; then a moment more, so that a surplus would show. */
async function settled(container: TestContainer, count: number): Promise<CollectedSpan[]> {
  await waitUntil(
    `${count} spans of ${container.name}`,
    () => spansOf(container),
    (spans) => spans.length >= count,
    20_000,
  );
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const spans = spansOf(container);
  assert.equal(spans.length, count, JSON.stringify(spans, undefined, 1));
  return spans;
}

/** The span says what the program counted. */
function assertTrue(span: CollectedSpan | undefined, truth: EndTruth | undefined): void {
  assert.ok(span && truth);
  assert.equal(span.kind, truth.role);
  assert.equal(span.attributes['sonde.flow.transmit.bytes'], truth.txBytes);
  assert.equal(span.attributes['sonde.flow.receive.bytes'], truth.rxBytes);
  assert.equal(span.attributes['network.transport'], 'tcp');
  assert.equal(span.attributes['network.local.port'], truth.localPort);
  assert.equal(span.attributes['process.executable.name'], 'tcp-end');
  // The kernel closes after the program's last look, and the server accepts after the handshake.
  assert.ok(Math.abs(span.startUs - truth.startUs) < 50_000, `started ${span.startUs - truth.startUs} us later`);
  assert.ok(
    span.endUs > truth.startUs && span.endUs - truth.endUs < 500_000,
    `ended ${span.endUs - truth.endUs} us later`,
  );
}

function assertPair(client: CollectedSpan | undefined, server: CollectedSpan | undefined): void {
  assert.ok(client && server);
  assert.equal(client.kind, 'client');
  assert.equal(server.kind, 'server');
  assert.equal(server.traceId, client.traceId);
  assert.equal(server.parentSpanId, client.spanId);
  assert.equal(client.parentSpanId, '');
  assert.notEqual(server.spanId, client.spanId);
  for (const { traceId, spanId, attributes, traceState } of [client, server]) {
    assert.match(`${traceId}${spanId}`, /^[0-9a-f]{48}$/);
    assert.equal(attributes['sonde.span.ids'], 'fingerprint');
    assert.equal(traceState, 'ot=th:0');
  }
}

test('two containers on a bridge: one CLIENT and one SERVER span each connection, in one trace', async () => {
  const { container: server, address } = await serve(3, 70_000);
  const clients: TestContainer[] = [];
  for (const sizeBytes of [1, 5_000, 3_000_000]) {
    const client = await end(['call', address, '80', String(sizeBytes)]);
    await client.wait();
    clients.push(client);
  }
  const serverTruths = await truthsOf(server);
  const serverSpans = await settled(server, 3);
  for (const client of clients) {
    const [truth] = await truthsOf(client);
    const [span] = await settled(client, 1);
    const other = serverSpans.find(({ traceId }) => traceId === span?.traceId);
    assertPair(span, other);
    assertTrue(span, truth);
    assertTrue(
      other,
      serverTruths.find(({ peerPort }) => peerPort === truth?.localPort),
    );
    assert.equal(truth?.rxBytes, 70_000);
    assert.equal(span?.name, 'TCP connection 80');
    assert.equal(span?.isError, false);
    assert.equal(span?.attributes['server.address'], address);
    assert.equal(span?.attributes['sonde.peer.container.id'], server.id);
    assert.equal(other?.attributes['sonde.peer.container.id'], client.id);
    assert.equal(other?.attributes['client.port'], truth?.localPort);
    assert.equal(span?.attributes['sonde.stitch.confidence'], 'confirmed');
    assert.ok(Number(span?.attributes['sonde.flow.rtt.us']) > 0);
  }
  assert.equal(new Set(serverSpans.map(({ traceId }) => traceId)).size, 3);
});

test('a published port through DNAT: still one trace, the server span under the client', async () => {
  const port = await freePort();
  const { container: server, gateway } = await serve(1, 20_000, {
    create: { ExposedPorts: { '80/tcp': {} } },
    hostConfig: { PortBindings: { '80/tcp': [{ HostPort: String(port) }] } },
  });
  const client = await end(['call', gateway, String(port), '12345'], { network: 'host' });
  const [truth] = await truthsOf(client);
  const [serverTruth] = await truthsOf(server);
  assert.equal(truth?.errno, 0);
  assert.equal(truth?.peerPort, port, 'dialled is the published port');
  assert.equal(serverTruth?.localPort, 80, 'accepted is the translated one');
  const [span] = await settled(client, 1);
  const [other] = await settled(server, 1);
  assertPair(span, other);
  assertTrue(span, truth);
  assertTrue(other, serverTruth);
  assert.equal(span?.attributes['server.port'], port);
  assert.equal(other?.attributes['server.port'], 80);
  assert.equal(span?.attributes['sonde.peer.container.id'], server.id);
  assert.equal(other?.attributes['sonde.peer.container.id'], client.id);
});

test('a refused connect: one CLIENT span, failed, with ids of its own', async () => {
  const { container: idle, address } = await serve(1, 1);
  const client = await end(['call', address, '81', '10']);
  const [truth] = await truthsOf(client);
  assert.equal(truth?.errno, 111);
  const [span] = await settled(client, 1);
  assert.equal(span?.kind, 'client');
  assert.ok(span?.isError);
  assert.equal(span?.statusMessage, 'refused');
  assert.equal(span?.attributes['error.type'], 'refused');
  assert.equal(span?.attributes['server.port'], 81);
  assert.equal(span?.attributes['sonde.span.ids'], 'random');
  assert.equal(span?.attributes['sonde.flow.transmit.bytes'], 0);
  assert.deepEqual(spansOf(idle), []);
  await idle.signal('SIGKILL');
});

test('a connection cut by a reset fails at the end that was cut, in the same trace', async () => {
  const { container: server, address } = await serve(1, 1);
  const client = await end(['abort', address, '80', '5000']);
  const [truth] = await truthsOf(client);
  const [serverTruth] = await truthsOf(server);
  assert.equal(serverTruth?.errno, 104);
  const [span] = await settled(client, 1);
  const [other] = await settled(server, 1);
  assertPair(span, other);
  assert.equal(span?.attributes['sonde.flow.transmit.bytes'], truth?.txBytes);
  assert.ok(other?.isError);
  assert.equal(other?.attributes['error.type'], 'reset');
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestHost, type TestHost } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { type IdentifyBench, identifyConfig, startIdentify } from './identify-bench.ts';

const SLEEP = ['/bin/sleep', '1000'];

describe('identity of real containers by the real kernel probe', () => {
  let host: TestHost;
  let bench: IdentifyBench;
  let oldId = '';

  before(async () => {
    host = await openTestHost('identify');
    const old = await host.runContainer({ args: SLEEP, isCommand: true, labels: { tier: 'old' } });
    oldId = old.id;
    bench = await startIdentify(identifyConfig(host.cgroupRoot, { labelAllowList: ['team', 'app.*'] }));
  });

  after(async () => {
    bench?.close();
    await host?.close();
  });

  test('one that ran before is found and named', async () => {
    const container = await bench.named(oldId);
    assert.equal(container.isPreexisting, true);
    assert.equal(container.identity?.id, oldId);
    assert.equal(container.identity?.runtime, 'docker');
    assert.equal(container.identity?.labels['tier'], 'old');
    assert.ok(Math.abs(container.startedMs - Date.now()) < 60_000);
  });

  test('a new one is there within 2 s, with its resource attributes', async () => {
    const startedMs = Date.now();
    const started = await host.runContainer({
      args: SLEEP,
      isCommand: true,
      env: { OTEL_SERVICE_NAME: 'checkout', OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.version=1%2E2' },
      labels: { team: 'payments', 'app.tier': 'web', secret: 'not listed' },
    });
    const container = await bench.named(started.id, 2_000);
    const resource = container.identity?.resource ?? {};
    assert.equal(resource['service.name'], 'checkout');
    assert.equal(resource['service.namespace'], 'shop');
    assert.equal(resource['service.version'], '1.2');
    assert.equal(resource['service.instance.id'], started.id);
    assert.equal(resource['container.id'], started.id);
    assert.equal(resource['container.name'], started.name);
    assert.equal(resource['container.runtime.name'], 'docker');
    assert.equal(resource['container.image.name'], 'sonde-test/base');
    assert.equal((resource['container.image.tags'] as string[]).length, 1);
    assert.equal(resource['container.label.team'], 'payments');
    assert.equal(resource['container.label.app.tier'], 'web');
    assert.equal(resource['container.label.secret'], undefined);
    assert.equal(resource['os.type'], 'linux');
    assert.match(String(resource['host.id']), /\S+/);
    assert.equal(container.isPreexisting, false);
    assert.ok(container.startedMs >= startedMs - 100 && container.startedMs <= Date.now());
    assert.equal(container.initPid, await started.pid());
  });

  test('compose labels name service and namespace', async () => {
    const started = await host.runContainer({
      args: SLEEP,
      isCommand: true,
      labels: { 'com.docker.compose.service': 'db', 'com.docker.compose.project': 'shop' },
    });
    const { identity } = await bench.named(started.id);
    assert.equal(identity?.resource['service.name'], 'db');
    assert.equal(identity?.resource['service.namespace'], 'shop');
  });

  test('ten that live for an instant and are removed at once are all named', async () => {
    const started = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        host.runContainer({
          name: `${host.cgroupRoot.slice(1).replace('/', '-')}-short-${i}`,
          args: ['/bin/true'],
          isCommand: true,
          labels: { n: String(i) },
          hostConfig: { AutoRemove: true },
        }),
      ),
    );
    for (const [i, { id, name }] of started.entries()) {
      const { identity } = await bench.named(id);
      assert.equal(identity?.name, name);
      assert.equal(identity?.runtime, 'docker');
      assert.equal(identity?.labels['n'], String(i));
      await waitUntil(
        'its end',
        () => bench.closed.find(({ container }) => container.identity?.id === id),
        (end) => end !== undefined,
      );
    }
  });

  test('a new name is taken over', async () => {
    const started = await host.runContainer({ args: SLEEP, isCommand: true });
    const container = await bench.named(started.id);
    const renamed = `${started.name}-renamed`;
    await host.docker.getContainer(started.id).rename({ name: renamed });
    await waitUntil(
      'the new name',
      () => container.identity?.name,
      (name) => name === renamed,
    );
    assert.equal(container.identity?.resource['container.name'], renamed);
  });

  test('a restart makes a new container object with the same id and its count', async () => {
    const started = await host.runContainer({
      args: ['/bin/sh', '-c', 'sleep 0.3; exit 1'],
      isCommand: true,
      hostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 1 } },
    });
    const lives = await waitUntil(
      'its second life',
      () => bench.opened.filter(({ cgroupPath }) => cgroupPath.endsWith(started.id)),
      (seen) => seen.length === 2 && seen.every(({ identity }) => identity?.restarts !== undefined),
    );
    assert.deepEqual(
      lives.map(({ identity }) => identity?.restarts),
      [0, 1],
    );
    assert.equal(new Set(lives.map(({ key }) => key)).size, 2);
  });

  test('a 4 KiB name, and control characters and half a character in labels, are bounded and clean', async () => {
    const name = `identify-${'x'.repeat(4_096)}`;
    const started = await host.runContainer({
      name,
      args: SLEEP,
      isCommand: true,
      labels: { 'odd\u0007key': `bell\u0007\u001b[31mred\u202e\ud800${'é'.repeat(5_000)}`, '': 'empty' },
      create: { Hostname: 'short' },
    });
    const { identity } = await bench.named(started.id);
    assert.ok(identity);
    assert.equal(identity.name.length, 255);
    assert.ok(identity.name.endsWith('…'));
    for (const text of [...Object.keys(identity.labels), ...Object.values(identity.labels)]) {
      assert.ok(text.isWellFormed() && text.length <= 255, text);
      assert.doesNotMatch(text, /\p{Cc}|[\u202a-\u202e]/u);
    }
    assert.ok(Object.keys(identity.labels).some((key) => key.startsWith('odd')));
  });

  test('its processes, exits and end are told with the container', async () => {
    const started = await host.runContainer({ args: ['/bin/sh', '-c', '/bin/true; exit 3'], isCommand: true });
    await started.wait();
    const end = await waitUntil(
      'its end',
      () => bench.closed.find(({ container }) => container.cgroupPath.endsWith(started.id)),
      (seen) => seen !== undefined,
    );
    const kinds = bench.facts.filter(({ container }) => container === end?.container).map(({ fact }) => fact);
    assert.deepEqual(
      kinds.filter((fact) => fact.kind === 'process-execed').map((fact) => fact.name),
      ['sh', 'true'],
    );
    const exit = kinds.find((fact) => fact.kind === 'process-exited' && fact.isContainerInit);
    assert.equal(exit?.kind === 'process-exited' ? exit.exitCode : undefined, 3);
    assert.equal(end?.isFilteredOut, false);
    assert.ok((end?.container.endedMs ?? 0) > (end?.container.startedMs ?? 0));
  });

  test('nothing was dropped on the way', () => {
    const bad = bench.ledger.rows().filter(({ outcome }) => outcome !== 'kept');
    assert.deepEqual(bad, []);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { testImage } from '../harness/image.ts';
import { waitUntil } from '../harness/wait.ts';
import { startContained } from '../kernel/contain.ts';
import { killAll } from './contained.ts';
import { type IdentifyBench, identifyConfig, startIdentify } from './identify-bench.ts';
import { type OwnDockerd, startOwnDockerd } from './own-dockerd.ts';

describe('a Docker daemon that comes, goes and hangs', () => {
  const cgroupRoot = `/sonde-test/identify-daemon-${process.pid}`;
  let dockerd: OwnDockerd;
  let bench: IdentifyBench;
  let image = '';

  const runSleeper = async (name: string): Promise<string> => {
    const container = await dockerd.docker.createContainer({
      name,
      Image: image,
      Cmd: ['/bin/sleep', '1000'],
      HostConfig: { NetworkMode: 'none', CgroupParent: cgroupRoot },
    });
    await container.start();
    return container.id;
  };
  const stateOfDocker = () => bench.identify.runtimes().find(({ name }) => name === 'docker')?.state;

  before(async () => {
    makeCgroup(cgroupRoot);
    dockerd = await startOwnDockerd();
    image = await testImage(dockerd.docker);
    bench = await startIdentify(identifyConfig(cgroupRoot, { dockerHost: `unix://${dockerd.socketPath}` }));
  });

  after(async () => {
    bench?.close();
    if (dockerd) {
      await dockerd.stop();
      await dockerd.start();
      for (const { Id } of await dockerd.docker.listContainers({ all: true })) {
        await dockerd.docker.getContainer(Id).remove({ force: true });
      }
      await dockerd.close();
    }
    removeCgroup(cgroupRoot);
  });

  test('answers: the container has its name', async () => {
    const id = await runSleeper('first');
    assert.equal((await bench.named(id)).identity?.name, 'first');
    assert.equal(stateOfDocker(), 'connected');
  });

  test('hangs: nothing waits, a new container has a makeshift name, and its own when the daemon goes on', async () => {
    const id = await runSleeper('second');
    const container = await bench.appeared(id);
    // Only once it appeared: the daemon itself starts the container. Forget what the agent knows about it.
    bench.close();
    dockerd.signal('SIGSTOP');
    bench = await startIdentify(identifyConfig(cgroupRoot, { dockerHost: `unix://${dockerd.socketPath}` }));
    const startedAtMs = performance.now();
    const hung = await bench.named(id, 8_000);
    const waitedMs = performance.now() - startedAtMs;
    assert.ok(waitedMs > 4_000 && waitedMs < 6_500, `fell back after ${waitedMs} ms`);
    assert.equal(hung.identity?.id, id);
    assert.equal(hung.identity?.name, 'sleep');
    assert.equal(hung.identity?.resource['service.name'], 'sleep');
    assert.equal(container.key, hung.key);
    dockerd.signal('SIGCONT');
    await waitUntil(
      'its real name',
      () => hung.identity?.name,
      (name) => name === 'second',
      40_000,
    );
    assert.equal(hung.identity?.runtime, 'docker');
    assert.equal(stateOfDocker(), 'connected');
  });

  test('hangs while connected: after three questions without answer it is given up, later found again', async () => {
    dockerd.signal('SIGSTOP');
    // Containers as the daemon would make them, had it not stopped: an id for a name, below its parent.
    const ids = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
    for (const id of ids) makeCgroup(`${cgroupRoot}/${id}`);
    const running = ids.map((id) => startContained(`${cgroupRoot}/${id}`, ['/bin/sleep', '1000']));
    try {
      for (const id of ids) await bench.appeared(id);
      await waitUntil('the daemon to be given up', stateOfDocker, (state) => state === 'unreachable', 8_000);
      for (const id of ids) assert.equal((await bench.named(id)).identity?.name, 'sleep');
      dockerd.signal('SIGCONT');
      await waitUntil('the connection', stateOfDocker, (state) => state === 'connected', 40_000);
    } finally {
      for (const id of ids) killAll(`${cgroupRoot}/${id}`);
      await Promise.all(running.map((child) => once(child, 'exit')));
      for (const id of ids) removeCgroup(`${cgroupRoot}/${id}`);
    }
    await waitUntil(
      'their ends',
      () => bench.closed.length,
      (count) => count === 3,
    );
  });

  test('restarts: containers go on, what starts afterwards is named, the log says it once', async () => {
    await dockerd.stop();
    await waitUntil('the loss to be seen', stateOfDocker, (state) => state !== 'connected');
    assert.equal(bench.closed.length, 3, 'containers go on');
    await dockerd.start();
    await waitUntil('the connection', stateOfDocker, (state) => state === 'connected', 40_000);
    const id = await runSleeper('third');
    assert.equal((await bench.named(id)).identity?.name, 'third');
    const lines = bench.log.filter((line) => line.includes('SND_IDN_DOCKER_UNREACHABLE'));
    assert.ok(lines.length <= 2, lines.join(''));
  });

  test('absent: containers appear by cgroup and process within 2 s, with the id from the path', async () => {
    const id = await runSleeper('fourth');
    bench.close();
    bench = await startIdentify(identifyConfig(cgroupRoot, { dockerHost: 'unix:///nowhere/docker.sock' }));
    assert.equal(stateOfDocker(), 'absent');
    const { identity } = await bench.named(id, 2_000);
    assert.equal(identity?.id, id);
    assert.equal(identity?.name, 'sleep');
    assert.equal(identity?.runtime, 'cgroup');
    assert.equal(identity?.resource['service.instance.id'], id);
  });

  test('off: the same, and nobody is asked', async () => {
    bench.close();
    bench = await startIdentify(identifyConfig(cgroupRoot, { dockerHost: 'off' }));
    assert.equal(stateOfDocker(), undefined);
    await waitUntil(
      'all four to be named',
      () => bench.opened.map(({ identity }) => identity?.runtime),
      (runtimes) => runtimes.length === 4 && runtimes.every((runtime) => runtime === 'cgroup'),
    );
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Container } from '../../src/model/container.ts';
import type { CgroupSample } from '../../src/model/snapshot.ts';
import { run } from '../harness/command.ts';
import { openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { type IdentifyBench, identifyConfig, startIdentify } from './identify-bench.ts';

const MIB = 1_048_576;

describe('numbers of real containers equal what they did', () => {
  let host: TestHost;
  let bench: IdentifyBench;

  before(async () => {
    host = await openTestHost('identify-samples');
    bench = await startIdentify(identifyConfig(host.cgroupRoot));
  });

  after(async () => {
    bench?.close();
    await host?.close();
  });

  const runShell = (script: string, more: Omit<Parameters<TestHost['runContainer']>[0], 'args'> = {}) =>
    host.runContainer({ args: ['/bin/sh', '-c', script], isCommand: true, ...more });
  const fresh = (container: Container): CgroupSample => {
    const sample = bench.cgroups.sample(container.slot, true);
    assert.ok(sample);
    return sample;
  };
  const said = (started: TestContainer, pattern: RegExp) =>
    waitUntil(
      `it to say ${pattern}`,
      async () => pattern.exec(await started.output()),
      (match) => match !== null,
      30_000,
    );

  test('CPU time is what the kernel charged its processes', async () => {
    const burn = 'busybox time -f "used %U %S" dd if=/dev/zero of=/dev/null bs=64k count=200000; sleep 1000';
    const started = await runShell(burn);
    const container = await bench.named(started.id);
    const match = await said(started, /used ([\d.]+) ([\d.]+)/);
    const usedS = Number(match?.[1]) + Number(match?.[2]);
    const sample = fresh(container);
    const seenS = (sample.cpuUserS ?? 0) + (sample.cpuSystemS ?? 0);
    assert.ok(usedS > 0.3, `only ${usedS} s used`);
    // Above: the runtime's own start in the cgroup, and the shell. `time` itself counts in 10 ms.
    assert.ok(seenS >= usedS - 0.02 && seenS <= usedS + 0.25, `${seenS} s seen, ${usedS} s used`);
  });

  test('limits, throttling and memory', async () => {
    const started = await runShell('dd if=/dev/zero of=/dev/shm/f bs=1M count=16; while :; do :; done', {
      hostConfig: { Memory: 64 * MIB, NanoCpus: 2e8 },
    });
    const container = await bench.named(started.id);
    const sample = await waitUntil(
      'it to be throttled',
      () => fresh(container),
      (seen) => (seen.cpuThrottledPeriods ?? 0) > 3 && (seen.memoryUsageBytes ?? 0) > 16 * MIB,
    );
    assert.equal(sample.cpuLimitCpus, 0.2);
    assert.equal(sample.memoryLimitBytes, 64 * MIB);
    assert.ok((sample.cpuThrottledS ?? 0) > 0.1);
    assert.ok((sample.cpuPeriods ?? 0) >= (sample.cpuThrottledPeriods ?? 0));
    assert.ok((sample.memoryUsageBytes ?? 0) < 32 * MIB);
    assert.ok((sample.memoryWorkingSetBytes ?? 0) <= (sample.memoryUsageBytes ?? 0));
    assert.ok((sample.memoryPageFaults ?? 0) > 100);
    assert.ok((sample.pressure?.cpuSomeS ?? 0) > 0);
    assert.equal(sample.pids, 1);
    await started.remove();
  });

  test('no limits are no limits', async () => {
    const started = await runShell('sleep 1000');
    const sample = fresh(await bench.named(started.id));
    assert.equal(sample.cpuLimitCpus, undefined);
    assert.equal(sample.memoryLimitBytes, undefined);
  });

  test('disk bytes: 8 MiB written, 4 MiB read past the page cache', async () => {
    const write = 'dd if=/dev/zero of=/data/f bs=1M count=8 oflag=direct';
    const read = 'dd if=/data/f of=/dev/null bs=1M count=4 iflag=direct';
    const started = await runShell(`${write} && ${read}; echo done; sleep 1000`, {
      // A limit far away: cgroup v1 counts nothing on a device before a limit is set for it.
      hostConfig: { BlkioDeviceWriteBps: [{ Path: await diskOfDocker(host), Rate: 1e10 }] },
    });
    const container = await bench.named(started.id);
    await said(started, /done/);
    const { disk } = fresh(container);
    const sum = (read: (row: (typeof disk)[number]) => number) => disk.reduce((total, row) => total + read(row), 0);
    const writtenBytes = sum((row) => row.writtenBytes);
    const readBytes = sum((row) => row.readBytes);
    // Above: reading the image's files for the first time, and metadata.
    assert.ok(writtenBytes >= 8 * MIB && writtenBytes < 9 * MIB, `${writtenBytes} written`);
    assert.ok(readBytes >= 4 * MIB && readBytes < 8 * MIB, `${readBytes} read`);
    assert.match(disk[0]?.device ?? '', /^\d+:\d+$/);
  });

  test('network bytes: 1 MiB sent by one arrives at the other', async () => {
    const network = await host.docker.createNetwork({ Name: `${host.cgroupRoot.slice(12)}`, Internal: true });
    try {
      const receiver = await runShell('sleep 1000 | nc -l -p 9000 > /dev/null', { network: network.id });
      const address = Object.values(
        (await host.docker.getContainer(receiver.id).inspect()).NetworkSettings.Networks,
      )[0];
      const send = `sleep 0.3; dd if=/dev/zero bs=1024 count=1024 | nc ${address?.IPAddress} 9000; echo sent; sleep 1000`;
      const sender = await runShell(send, { network: network.id });
      const at = await bench.named(receiver.id);
      const from = await bench.named(sender.id);
      const received = await waitUntil(
        '1 MiB to arrive',
        () => fresh(at).network[0],
        (seen) => (seen?.receivedBytes ?? 0) > MIB,
      );
      const sent = fresh(from).network[0];
      assert.equal(received?.interfaceName, 'eth0');
      // Above: headers, acknowledgements, neighbour discovery.
      assert.ok((received?.receivedBytes ?? 0) < 1.1 * MIB, JSON.stringify(received));
      assert.ok((sent?.transmittedBytes ?? 0) > MIB && (sent?.transmittedBytes ?? 0) < 1.1 * MIB, JSON.stringify(sent));
      assert.ok((sent?.receivedBytes ?? 0) < 0.1 * MIB);
    } finally {
      for (const { Id } of await host.docker.listContainers({ filters: { network: [network.id] } })) {
        await host.docker.getContainer(Id).remove({ force: true });
      }
      await network.remove();
    }
  });

  test('the network of the host is not told as the container’s, a shared one only once', async () => {
    const onHost = await runShell('sleep 1000', { network: 'host' });
    assert.deepEqual(fresh(await bench.named(onHost.id)).network, []);
    const owner = await runShell('sleep 1000', { network: 'bridge' });
    const owned = await bench.named(owner.id);
    const guest = await runShell('sleep 1000', { network: `container:${owner.id}` });
    const guesting = await bench.named(guest.id);
    assert.equal(fresh(owned).network.length, 1);
    assert.deepEqual(fresh(guesting).network, []);
  });

  test('processes: names, times, memory, threads, descriptors and bytes', async () => {
    const script =
      'exec 5</etc/passwd 6</etc/passwd; dd if=/dev/zero of=/data/g bs=1M count=4 oflag=direct; echo done; sleep 1000 & yes > /dev/null; true';
    const started = await runShell(script, { hostConfig: { NanoCpus: 3e8 } });
    const container = await bench.named(started.id);
    await said(started, /done/);
    bench.processes.sample(container.slot);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const rows = bench.processes.sample(container.slot);
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), ['sh', 'sleep', 'yes']);
    // Busiest first.
    assert.equal(rows[0]?.name, 'yes');
    const shell = rows.find(({ name }) => name === 'sh');
    assert.ok(shell);
    assert.equal(shell.pid, await started.pid());
    assert.equal(shell.threads, 1);
    assert.ok((shell.openFiles ?? 0) >= 5);
    assert.ok(shell.rssBytes > 100_000 && shell.virtualBytes > shell.rssBytes);
    assert.ok(Math.abs(shell.startedMs - container.startedMs) < 1_000);
    // The child that wrote is waited for: its bytes are its parent's now.
    assert.ok((shell.writtenBytes ?? 0) >= 4 * MIB, String(shell.writtenBytes));
    const again = bench.processes.sample(container.slot).find(({ name }) => name === 'sh');
    assert.equal(again?.startedMs, shell.startedMs);
    await started.remove();
  });

  test('an idle container gives the same object until it is asked afresh', async () => {
    const started = await runShell('sleep 1000', { network: 'bridge' });
    const container = await bench.named(started.id);
    const last = fresh(container);
    assert.equal(last.network.length, 1);
    assert.equal(bench.cgroups.sample(container.slot), last);
    assert.equal(bench.cgroups.sample(container.slot), last);
    assert.notEqual(bench.cgroups.sample(container.slot, true), last);
  });
});

/** The whole disk that holds Docker's data. */
async function diskOfDocker(host: TestHost): Promise<string> {
  const { DockerRootDir } = (await host.docker.info()) as { DockerRootDir: string };
  const source = (await run('findmnt', ['-n', '-v', '-o', 'SOURCE', '-T', DockerRootDir])).trim();
  const parent = (await run('lsblk', ['-n', '-d', '-o', 'PKNAME', source])).trim();
  return parent === '' ? source : `/dev/${parent}`;
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { cgroupMounts, makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { openTestHost } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { buildContain, runContained, startContained } from '../kernel/contain.ts';
import { killAll, pidsIn } from './contained.ts';
import { type IdentifyBench, identifyConfig, startIdentify } from './identify-bench.ts';

const SLEEP = ['/bin/sleep', '1000'];

describe('containers that no runtime claims, real cgroups and namespaces', () => {
  const cgroupRoot = `/sonde-test/identify-cgroups-${process.pid}`;
  const config = identifyConfig(cgroupRoot, { dockerHost: 'off' });
  let bench: IdentifyBench | undefined;
  const paths: string[] = [];
  const children: ReturnType<typeof startContained>[] = [];

  /** A process in `path` with a mount and pid namespace of its own. */
  const startIn = (path: string, program: readonly string[] = SLEEP, options: readonly string[] = []): void => {
    makeCgroup(path);
    paths.push(path);
    children.push(startContained(path, program, options));
  };
  const restart = async (more: Parameters<typeof identifyConfig>[1] = {}): Promise<IdentifyBench> => {
    bench?.close();
    bench = await startIdentify({ ...config, ...more });
    return bench;
  };

  before(() => makeCgroup(cgroupRoot));
  beforeEach(async () => {
    await clear();
  });
  after(async () => {
    bench?.close();
    await clear();
    removeCgroup(cgroupRoot);
  });

  async function clear(): Promise<void> {
    for (const path of paths) killAll(path);
    await Promise.all(
      children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined)),
    );
    children.length = 0;
    for (const path of paths.splice(0).toReversed()) removeCgroup(path);
  }

  test('one that starts is there, named by its cgroup or its process, and ends', async () => {
    const seen = await restart();
    startIn(`${cgroupRoot}/my-batch`);
    startIn(`${cgroupRoot}/${'5'.repeat(32)}`);
    const named = await seen.named('my-batch');
    assert.equal(named.identity?.name, 'my-batch');
    assert.equal(named.identity?.runtime, 'cgroup');
    assert.equal(named.identity?.id, named.key);
    const byProcess = await seen.named('5'.repeat(32));
    assert.equal(byProcess.identity?.name, 'sleep');
    await clear();
    await waitUntil(
      'both ends',
      () => seen.closed.length,
      (count) => count === 2,
    );
    assert.ok(named.endedMs);
  });

  test('those that ran before are found, oldest first, whatever the order of their names', async () => {
    startIn(`${cgroupRoot}/b-first`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    startIn(`${cgroupRoot}/a-second`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const seen = await restart();
    assert.deepEqual(
      seen.opened.map(({ cgroupPath, isPreexisting }) => [cgroupPath, isPreexisting]),
      [
        [`${cgroupRoot}/b-first`, true],
        [`${cgroupRoot}/a-second`, true],
      ],
    );
  });

  test('a process in the namespaces of the host is no container, except in scope host', async () => {
    startIn(`${cgroupRoot}/plain`, SLEEP, ['-n']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const confined = await restart();
    startIn(`${cgroupRoot}/plain-later`, SLEEP, ['-n']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(confined.opened, []);
    const wide = await restart({ scope: 'host' });
    startIn(`${cgroupRoot}/plain-last`, SLEEP, ['-n']);
    await wide.named('plain-last');
    assert.deepEqual(wide.opened.map(({ cgroupPath }) => cgroupPath).toSorted(), [
      `${cgroupRoot}/plain`,
      `${cgroupRoot}/plain-last`,
      `${cgroupRoot}/plain-later`,
    ]);
  });

  test('a service of the host with its own mount namespace is shed, not shown', async () => {
    startIn(`${cgroupRoot}/old.service`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const seen = await restart();
    startIn(`${cgroupRoot}/new.service`);
    await waitUntil(
      'it to be shed',
      () => seen.ledger.rows(),
      (rows) => rows.some(({ reason }) => reason === 'host-service'),
    );
    assert.deepEqual(seen.opened, []);
  });

  test('found again: a child cgroup belongs to its container, a container in a container is its own', async () => {
    const outer = `${cgroupRoot}/outer`;
    startIn(outer);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // In the namespaces of the outer one: what systemd in a container does with its services.
    const pid = await waitUntil(
      'its process',
      () => pidsIn(outer)[0],
      (found) => found !== undefined,
    );
    makeCgroup(`${outer}/service`);
    paths.push(`${outer}/service`);
    const inside = ['/usr/bin/nsenter', '-t', String(pid), '-m', '-p', '/bin/sleep', '1000'];
    children.push(startContained(`${outer}/service`, inside, ['-n']));
    startIn(`${outer}/inner`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const seen = await restart();
    assert.deepEqual(
      seen.opened.map(({ cgroupPath }) => cgroupPath),
      [outer, `${outer}/inner`],
    );
    // What execs in the child from now on is the outer one's.
    const before = seen.facts.length;
    children.push(
      startContained(`${outer}/service`, ['/usr/bin/nsenter', '-t', String(pid), '-m', '-p', '/bin/true'], ['-n']),
    );
    const execed = await waitUntil(
      'its exec',
      () => seen.facts.slice(before).find(({ fact }) => fact.kind === 'process-execed' && fact.name === 'true'),
      (found) => found !== undefined,
    );
    assert.equal(execed?.container.cgroupPath, outer);
  });

  test('a cgroup that exists in v1 alone is seen too, before and after the start', async () => {
    const mounts = cgroupMounts();
    const only = mounts.length === 1 ? mounts : mounts.filter((mount) => !mount.endsWith('/unified'));
    const startOnly = (name: string): void => {
      const path = `${cgroupRoot}/${name}`;
      for (const mount of only) mkdirSync(mount + path);
      paths.push(path);
      children.push(startContained(path, SLEEP));
    };
    startOnly('v1-before');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const seen = await restart();
    startOnly('v1-after');
    for (const name of ['v1-before', 'v1-after']) {
      const container = await seen.named(name);
      assert.equal(container.cgroupPath, `${cgroupRoot}/${name}`);
      const sample = seen.cgroups.sample(container.slot, true);
      assert.ok((sample?.cpuUserS ?? 0) + (sample?.cpuSystemS ?? 0) > 0, name);
      assert.equal(sample?.pids, 1, name);
      assert.deepEqual(
        seen.processes.sample(container.slot).map((process) => process.name),
        ['sleep'],
        name,
      );
    }
    assert.equal(seen.opened.length, 2);
  });

  test('500 cgroups with a process each, made and removed: every one opened, closed and released', async () => {
    const seen = await restart();
    buildContain();
    for (let batch = 0; batch < 50; batch++) {
      const made = Array.from({ length: 10 }, (_, i) => `${cgroupRoot}/churn-${batch * 10 + i}`);
      for (const path of made) makeUnified(path);
      await Promise.all(made.map((path) => runContained(path, ['/bin/true'])));
      for (const path of made) removeCgroup(path);
    }
    await waitUntil(
      '500 ends',
      () => seen.closed.length,
      (count) => count === 500,
    );
    assert.equal(seen.opened.length, 500);
    assert.equal(new Set(seen.opened.map(({ key }) => key)).size, 500);
    await waitUntil(
      'all to be named',
      () => seen.opened.filter(({ identity }) => identity === undefined).length,
      (count) => count === 0,
    );
    assert.deepEqual(
      seen.ledger.rows().filter(({ outcome }) => outcome !== 'kept'),
      [],
    );
  });
});

describe('filters on real containers', () => {
  test('only what is included is told; the rest is ignored in the kernel and given back', async () => {
    const host = await openTestHost('identify-filter');
    const filter = { includeLabels: ['tier=web'], excludeNames: ['*-canary'] };
    const bench = await startIdentify(identifyConfig(host.cgroupRoot, { filter: filter as never }));
    try {
      const prefix = host.cgroupRoot.slice(1).replace('/', '-');
      const run = (name: string, tier: string) =>
        host.runContainer({ name: `${prefix}-${name}`, args: SLEEP, isCommand: true, labels: { tier } });
      const wanted = await run('wanted', 'web');
      const canary = await run('canary', 'web');
      const other = await run('other', 'db');
      await bench.named(wanted.id);
      const refused = await waitUntil(
        'two to be refused',
        () => bench.closed.filter(({ isFilteredOut }) => isFilteredOut).map(({ container }) => container),
        (found) => found.length === 2,
      );
      for (const { cgroupPath } of refused) assert.ok(cgroupPath.includes(canary.id) || cgroupPath.includes(other.id));
      assert.ok(refused.every(({ identity }) => identity === undefined));
      const before = bench.facts.length;
      await other.exec(['/bin/true']);
      await wanted.exec(['/bin/true']);
      await waitUntil(
        'the exec in the wanted one',
        () => bench.facts.slice(before).filter(({ fact }) => fact.kind === 'process-execed'),
        (found) => found.length > 0,
      );
      assert.ok(bench.facts.slice(before).every(({ container }) => container.cgroupPath.includes(wanted.id)));
    } finally {
      bench.close();
      await host.close();
    }
  });
});

function makeUnified(path: string): void {
  for (const mount of cgroupMounts()) if (/unified|^\/sys\/fs\/cgroup$|memory/.test(mount)) mkdirSync(mount + path);
}

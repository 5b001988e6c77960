import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { agentImage } from '../harness/agent-image.ts';
import { removeCgroup } from '../harness/cgroup.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestContainer, type TestHost } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { callsOf } from '../harness/workload.ts';

/**
 * The image, really built and run as deploy/compose.yaml says: read-only, with that list of capabilities
 * and no other, in the host's namespaces. It must see the containers beside it.
 */
const DEPLOY = join(import.meta.dirname, '../../deploy');
const SERVICE = (
  parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8')) as { services: { sonde: { cap_add: string[] } } }
).services.sonde;
const CGROUP = '/sonde-test/image-agent';
const CAP_DAC_READ_SEARCH = 1 << 2;
const CAP_SYS_PTRACE = 1 << 19;
const CAP_NET_ADMIN = 1 << 12;
const CAP_SYS_ADMIN = 1 << 21;
/** Known to the API since 1.41, not yet to dockerode's types. */
const CGROUP_NAMESPACE: object = { CgroupnsMode: 'host' };

let host: TestHost;
let collector: Collector;
let image: string;
let knowsBpfCapability: boolean;

before(async () => {
  host = await openTestHost('image');
  collector = await startCollector();
  image = await agentImage(host.docker);
  const made = await host
    .createContainer({ image, args: [], hostConfig: { CapAdd: ['BPF'] } })
    .then((container) => container.remove().then(() => true))
    .catch((error: { statusCode?: number }) => (error.statusCode === 400 ? false : Promise.reject(error)));
  knowsBpfCapability = made;
});

after(async () => {
  await host.close();
  await collector.stop();
  removeCgroup(CGROUP);
});

interface AgentOptions {
  readonly hasSocket: boolean;
  readonly capabilities?: readonly string[];
}

/** Debian 12's Docker does not know CAP_BPF and CAP_PERFMON: docs/deploy.md says SYS_ADMIN instead. */
function capabilitiesFor(names: readonly string[]): string[] {
  const isBpf = (name: string) => name === 'BPF' || name === 'PERFMON';
  if (knowsBpfCapability || !names.some(isBpf)) return [...names];
  return ['SYS_ADMIN', ...names.filter((name) => !isBpf(name))];
}

function runAgent(options: AgentOptions): Promise<TestContainer> {
  const socket = host.docker.modem as unknown as { socketPath: string };
  const binds = ['/sys/fs/cgroup:/sys/fs/cgroup:ro'];
  if (options.hasSocket) binds.push(`${socket.socketPath}:/var/run/docker.sock:ro`);
  return host.runContainer({
    image,
    isCommand: true,
    args: ['run'],
    network: 'host',
    env: {
      SONDE_CGROUP_ROOT: host.cgroupRoot,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    },
    create: {
      Entrypoint: ['/usr/local/bin/sonde'],
      // The image's own check, more often than every 30 s.
      Healthcheck: { Test: [], Interval: 1e9, Timeout: 3e9, StartPeriod: 0, Retries: 3 },
    },
    hostConfig: {
      ...CGROUP_NAMESPACE,
      NetworkMode: 'host',
      PidMode: 'host',
      CgroupParent: CGROUP,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: capabilitiesFor(options.capabilities ?? SERVICE.cap_add),
      SecurityOpt: [
        'no-new-privileges',
        `seccomp=${readFileSync(join(DEPLOY, 'seccomp.json'), 'utf8')}`,
        'apparmor=unconfined',
      ],
      Binds: binds,
      Memory: 256 * 2 ** 20,
    },
  });
}

const healthOf = async (agent: TestContainer) =>
  (await host.docker.getContainer(agent.id).inspect()).State.Health?.Status ?? 'none';

async function untilHealthy(agent: TestContainer): Promise<void> {
  try {
    await waitUntil(
      'the image to be healthy',
      () => healthOf(agent),
      (status) => status === 'healthy',
      40_000,
    );
  } catch (error) {
    throw new Error(`${String(error)}\n${(await agent.output()).slice(-3000)}`);
  }
}

/** Runs a neighbour whose every call is known and compares what the agent in the image reports of it. */
async function assertSeesNeighbour(expectedName: (neighbour: TestContainer) => string): Promise<void> {
  const neighbour = await host.runContainer({
    args: [
      'sleep:1500',
      'openat:41:/etc/hostname',
      'create:3:/data',
      'write:17:1000:/data/out',
      'spawn:2:0',
      'sleep:1500',
      'exit:3',
    ],
  });
  assert.equal(await neighbour.wait(), 3);
  const truth = await neighbour.truth();
  const resource = { 'container.id': neighbour.id };
  const sum = (metric: string, attributes: Record<string, string>) =>
    collector
      .latest(metric, resource)
      .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
      .reduce((total, point) => total + point.value, 0);
  const seen = () => ({
    opens: sum('sonde.syscall.calls', { 'sonde.syscall.class': 'file.open' }),
    written: sum('sonde.file.io', { 'disk.io.direction': 'write', 'sonde.file.area': 'rootfs' }),
    starts: sum('sonde.process.starts', {}),
    exit3: sum('sonde.process.exits', { 'process.exit.code': '3' }),
  });
  const expected = {
    opens: callsOf(truth, 'openat'),
    written: truth.writtenBytes,
    starts: truth.forkedChildren,
    exit3: 1,
  };
  await waitUntil(`${JSON.stringify(expected)} in the Collector`, seen, (now) => deepEqual(now, expected), 20_000, 250);
  const [point] = collector.points().filter((entry) => entry.resource['container.id'] === neighbour.id);
  assert.equal(point?.resource['container.name'], expectedName(neighbour));
}

const deepEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

test('read-only and with the documented capabilities it sees its neighbours, by name', async () => {
  const agent = await runAgent({ hasSocket: true });
  await untilHealthy(agent);
  await assertSeesNeighbour((neighbour) => neighbour.name);
  assert.match(await agent.exec(['sh', '-c', 'touch /opt/sonde/x 2>&1; echo done']), /Read-only file system/);
  const status = readFileSync(`/proc/${await agent.pid()}/status`, 'utf8');
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  // What the documented list contains at most, and of it only what is needed after the start.
  const effective = Number.parseInt(/^CapEff:\s+(\w+)$/m.exec(status)?.[1] ?? '', 16);
  assert.equal(effective, CAP_DAC_READ_SEARCH | CAP_SYS_PTRACE | CAP_NET_ADMIN | CAP_SYS_ADMIN);
  await agent.signal('SIGTERM');
  assert.equal(await agent.wait(), 0, await agent.output());
  await agent.remove();
});

test('without a Docker socket the numbers are the same and the container goes by its first program', async () => {
  const agent = await runAgent({ hasSocket: false });
  await untilHealthy(agent);
  await assertSeesNeighbour(() => 'workload');
  await agent.remove();
});

test('without the capability to load programs it says so and ends', async () => {
  const agent = await runAgent({ hasSocket: false, capabilities: [] });
  assert.equal(await agent.wait(), 1, await agent.output());
  assert.match(await agent.output(), /SND_BPF_PERMISSION .*CAP_BPF/s);
  await agent.remove();
});

test('an agent that hangs is reported as unhealthy', async () => {
  const agent = await runAgent({ hasSocket: false });
  await untilHealthy(agent);
  const pid = await agent.pid();
  process.kill(pid, 'SIGSTOP');
  await waitUntil(
    'the image to be unhealthy',
    () => healthOf(agent),
    (status) => status === 'unhealthy',
    40_000,
  );
  process.kill(pid, 'SIGCONT');
  await agent.remove();
});

test('the final image holds no compiler and no certificate of the build', async () => {
  const script =
    'for p in gcc cc g++ clang make npm; do command -v $p; done; ls /usr/local/share/ca-certificates; echo end';
  const shell = await host.runContainer({
    image,
    isCommand: true,
    args: ['sh', '-c', script],
    create: { Entrypoint: [] },
  });
  await shell.wait();
  assert.equal((await shell.output()).trim(), 'end');
});

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { openTestHost, type TestHost } from '../harness/docker.ts';
import { callsOf } from '../harness/workload.ts';
import { type BenchReport, format } from './report.ts';

/** What the agent itself costs: with 50 idle containers, and with containers making 200,000 calls a second. */
const IDLE_CONTAINERS = 50;
const IDLE_S = 60;
const BUSY_CONTAINERS = 4;
const BUSY_CALLS_PER_SEC = 200_000;
const BUSY_S = 30;

interface Cost {
  readonly cpuRatio: number;
  readonly rssMib: number;
}

export async function run(): Promise<BenchReport> {
  const collector = await startCollector();
  const host = await openTestHost('bench-agent');
  try {
    const idle = await measureIdle(host, collector);
    const busy = await measureBusy(host, collector);
    const percent = (cost: Cost) => cost.cpuRatio * 100;
    return {
      title: 'The agent',
      intro: `At level \`count\`, exporting every 10 s to a Collector on the same machine. Idle: ${IDLE_CONTAINERS} containers that do nothing, for ${IDLE_S} s. Busy: ${BUSY_CONTAINERS} containers making ${BUSY_CALLS_PER_SEC.toLocaleString('en')} calls a second together, for ${BUSY_S} s.`,
      header: ['load', 'CPU, % of a core', 'RSS, MiB', 'calls made', 'calls reported'],
      rows: [
        ['idle', format(percent(idle)), format(idle.rssMib), '–', '–'],
        ['busy', format(percent(busy)), format(busy.rssMib), String(busy.made), String(busy.reported)],
      ],
      aims: [
        { what: 'CPU with idle containers, % of a core', measured: percent(idle), limit: 1 },
        { what: 'RSS with idle containers, MiB', measured: idle.rssMib, limit: 150 },
        { what: 'CPU under load, % of a core', measured: percent(busy), limit: 3 },
        { what: 'calls lost under load', measured: Math.abs(busy.made - busy.reported), limit: 0 },
      ],
    };
  } finally {
    await host.close();
    await collector.stop();
  }
}

async function withAgent<T>(
  host: TestHost,
  collector: Collector,
  work: (agent: AgentProcess) => Promise<T>,
): Promise<T> {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl, OTEL_METRIC_EXPORT_INTERVAL: '10000' };
  const agent = await startAgent({ cgroupRoot: host.cgroupRoot, env });
  try {
    return await work(agent);
  } finally {
    await agent.stop();
  }
}

async function measureIdle(host: TestHost, collector: Collector): Promise<Cost> {
  const containers = await Promise.all(
    Array.from({ length: IDLE_CONTAINERS }, () => host.runContainer({ args: ['hold'] })),
  );
  const cost = await withAgent(host, collector, async (agent) => {
    await sleep(15_000);
    return measureFor(agent.pid, IDLE_S);
  });
  await Promise.all(containers.map((container) => container.remove()));
  return cost;
}

async function measureBusy(host: TestHost, collector: Collector): Promise<Cost & { made: number; reported: number }> {
  const perSecond = BUSY_CALLS_PER_SEC / BUSY_CONTAINERS;
  const args = ['sigwait', `pace:${perSecond}:${(BUSY_S + 10) * 1000}`, 'print', 'hold'];
  return withAgent(host, collector, async (agent) => {
    const containers = await Promise.all(Array.from({ length: BUSY_CONTAINERS }, () => host.runContainer({ args })));
    await sleep(1_000);
    // A signal, not an exec: another program's calls in there would be counted too.
    for (const container of containers) await container.signal('SIGUSR1');
    await sleep(5_000);
    const cost = await measureFor(agent.pid, BUSY_S);
    // Past the end of the load and one export interval.
    await sleep(20_000);
    const truths = await Promise.all(containers.map((container) => container.truth()));
    const made = truths.reduce((sum, truth) => sum + callsOf(truth, 'getppid'), 0);
    const ids = new Set(containers.map((container) => container.id));
    const reported = collector
      .latest('sonde.syscall.calls')
      .filter((point) => ids.has(String(point.resource['container.id'])))
      .filter((point) => point.attributes['sonde.syscall.class'] === 'process.identity')
      .reduce((sum, point) => sum + point.value, 0);
    return { ...cost, made, reported };
  });
}

async function measureFor(pid: number, seconds: number): Promise<Cost> {
  const fromMs = performance.now();
  const fromNs = cpuNs(pid);
  let rssMib = 0;
  for (let s = 0; s < seconds; s++) {
    await sleep(1_000);
    rssMib = Math.max(rssMib, rssBytes(pid) / 2 ** 20);
  }
  const cpuRatio = (cpuNs(pid) - fromNs) / 1e6 / (performance.now() - fromMs);
  return { cpuRatio, rssMib };
}

/** Sum over threads of the scheduler's nanoseconds: ticks would be too coarse for 1 %. */
function cpuNs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

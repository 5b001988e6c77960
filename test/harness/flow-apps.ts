import { join } from 'node:path';
import { type AgentProcess, startAgent } from './agent.ts';
import { type Collector, startCollector } from './collector.ts';
import { type ContainerOptions, openTestHost, type TestContainer, type TestHost } from './docker.ts';
import { type FlowPoints, flowPoints } from './flow-points.ts';
import { appsImage } from './image.ts';
import { waitUntil } from './wait.ts';

/** What `apps/endpoints.py` prints at its end. */
export interface EndTruth {
  readonly tx: number;
  readonly rx: number;
  readonly connections: number;
  readonly serverRx?: number;
  readonly seconds?: number;
}

/** Containers with real servers and clients, a real agent that sees only them, and a real Collector. */
export interface FlowApps {
  readonly host: TestHost;
  readonly image: string;
  readonly collector: Collector;
  readonly points: FlowPoints;
  readonly networks: FlowNetworks;
  agent(): AgentProcess;
  startAgent(): Promise<void>;
  /** A container of the image with a whole command line; ready when it printed `ready`, if it should. */
  run(
    command: readonly string[],
    options?: Partial<ContainerOptions> & { readonly isServer?: boolean },
  ): Promise<TestContainer>;
  /** `endpoints.py` to its end in a container that runs. */
  call(container: TestContainer, ...args: readonly string[]): Promise<EndTruth>;
  close(): Promise<void>;
}

export interface FlowNetworks {
  /** Made by the test, IPv4 and IPv6. */
  readonly user: string;
  /** First three parts of its IPv4 addresses. */
  readonly prefix: string;
}

const FOLDER = join(import.meta.dirname, '../e2e/apps');
const SCRIPT = '/app/endpoints.py';
export const endpoints = (...args: readonly (string | number)[]): string[] => ['python3', SCRIPT, ...args.map(String)];

export async function openFlowApps(name: string): Promise<FlowApps> {
  const host = await openTestHost(name);
  const image = await appsImage(host.docker);
  const collector = await startCollector();
  const prefix = `172.29.${process.pid % 250}`;
  const user = await host.docker.createNetwork({
    Name: `${name}-${process.pid}`,
    EnableIPv6: true,
    IPAM: {
      Driver: 'default',
      Config: [
        { Subnet: `${prefix}.0/24`, Gateway: `${prefix}.1` },
        { Subnet: `fd29:${(process.pid % 65_536).toString(16)}::/64` },
      ],
    },
  });
  let agent: AgentProcess | undefined;
  const apps: FlowApps = {
    host,
    image,
    collector,
    points: flowPoints(collector),
    networks: { user: `${name}-${process.pid}`, prefix },
    agent() {
      if (!agent) throw new Error('the agent was not started');
      return agent;
    },
    async startAgent() {
      agent = await startAgent({
        cgroupRoot: host.cgroupRoot,
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.grpcUrl },
      });
    },
    async run(command, { isServer = false, hostConfig, ...options } = {}) {
      const container = await host.runContainer({
        image,
        isCommand: true,
        args: command,
        hostConfig: {
          Binds: [`${FOLDER}:/app:ro`],
          ...hostConfig,
        },
        ...options,
      });
      if (isServer)
        await waitUntil(
          'the server',
          () => container.output(),
          (text) => text.includes('ready'),
          20_000,
          50,
        );
      return container;
    },
    call: async (container, ...args) => truthOf(await container.exec(endpoints(...args))),
    async close() {
      await agent?.stop();
      await collector.stop();
      await host.close();
      await user.remove();
    },
  };
  return apps;
}

/** The account at the end of what an endpoint printed. */
export function truthOf(output: string): EndTruth {
  const line = output
    .trimEnd()
    .split('\n')
    .findLast((text) => text.startsWith('{"tx":'));
  if (line === undefined) throw new Error(`no truth, but: ${output.slice(-500)}`);
  return JSON.parse(line) as EndTruth;
}

/** Ends a server, which then says what it counted. */
export async function endServer(container: TestContainer): Promise<EndTruth> {
  await container.signal('SIGTERM');
  await container.wait();
  return truthOf(await container.output());
}

export async function addressOf(
  host: TestHost,
  container: TestContainer,
  network: string,
): Promise<{ v4: string; v6: string }> {
  const { NetworkSettings } = await host.docker.getContainer(container.id).inspect();
  const found = NetworkSettings.Networks[network];
  if (!found) throw new Error(`${container.name} is not on ${network}`);
  return { v4: found.IPAddress, v6: found.GlobalIPv6Address };
}

import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { makeCgroup, removeCgroup } from './cgroup.ts';
import { ensureDockerd } from './dockerd.ts';
import { testImage } from './image.ts';
import { parseTruth, type Truth } from './workload.ts';

/** The dockerd of this test run, started if there is none. */
export async function connectDocker(): Promise<Docker> {
  return new Docker({ socketPath: await ensureDockerd() });
}

export interface ContainerOptions {
  /** Made unique by the caller; a random one otherwise. */
  readonly name?: string;
  /** Default: `testImage()`. */
  readonly image?: string;
  /** Operations of the workload (`workload.ts`), or a whole command line when `isCommand`. */
  readonly args: readonly string[];
  readonly isCommand?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default `none`: a loopback of its own, which is faster and reaches nothing. */
  readonly network?: string;
  readonly hostConfig?: Docker.HostConfig;
  readonly create?: Docker.ContainerCreateOptions;
}

export interface TestContainer {
  readonly id: string;
  readonly name: string;
  /** Path in every cgroup hierarchy. */
  readonly cgroupPath: string;
  /** In the host's pid namespace; 0 when it has ended. */
  pid(): Promise<number>;
  /** Exit code. */
  wait(): Promise<number>;
  output(): Promise<string>;
  /** What the workload says it did; it must have printed. */
  truth(): Promise<Truth>;
  signal(name: string): Promise<void>;
  exec(command: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

export interface TestHost {
  readonly docker: Docker;
  /** `/sonde-test/<name>-<random>`: confine the agent to it with SONDE_CGROUP_ROOT. */
  readonly cgroupRoot: string;
  /** Starts a container below `cgroupRoot`. */
  runContainer(options: ContainerOptions): Promise<TestContainer>;
  /** Makes it without starting it. */
  createContainer(options: ContainerOptions): Promise<TestContainer & { start(): Promise<void> }>;
  /** Removes every container it made, and the cgroup. */
  close(): Promise<void>;
}

/** Everything a test does with containers happens below one cgroup of its own. */
export async function openTestHost(name: string): Promise<TestHost> {
  const docker = await connectDocker();
  const suffix = randomBytes(3).toString('hex');
  const cgroupRoot = `/sonde-test/${name}-${suffix}`;
  makeCgroup(cgroupRoot);
  const made: TestContainer[] = [];
  let count = 0;
  // Also those still being made: a test may fail while others start beside it.
  const making = new Set<Promise<unknown>>();
  const createContainer = async (options: ContainerOptions) => {
    const creation = create(docker, cgroupRoot, `${name}-${suffix}-${count++}`, options);
    making.add(creation);
    const container = await creation.finally(() => making.delete(creation));
    made.push(container);
    return container;
  };
  return {
    docker,
    cgroupRoot,
    createContainer,
    async runContainer(options) {
      const container = await createContainer(options);
      await container.start();
      return container;
    },
    async close() {
      await Promise.allSettled(making);
      await Promise.all(made.map((container) => container.remove()));
      removeCgroup(cgroupRoot);
    },
  };
}

async function create(docker: Docker, cgroupRoot: string, fallbackName: string, options: ContainerOptions) {
  const name = options.name ?? fallbackName;
  const handle = await docker.createContainer({
    name,
    Image: options.image ?? (await testImage(docker)),
    Cmd: [...options.args],
    Entrypoint: options.isCommand ? [] : ['/workload'],
    Env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
    Labels: { ...options.labels },
    ...options.create,
    HostConfig: { NetworkMode: options.network ?? 'none', CgroupParent: cgroupRoot, ...options.hostConfig },
  });
  // Asked for before the start, so that an end within milliseconds is not missed.
  let ended: Promise<number> | undefined;
  const output = async () => demultiplex(await handle.logs({ stdout: true, stderr: true }));
  const container: TestContainer & { start(): Promise<void> } = {
    id: handle.id,
    name,
    cgroupPath: `${options.hostConfig?.CgroupParent ?? cgroupRoot}/${handle.id}`,
    async start() {
      const waiting: Promise<number> = handle.wait({ condition: 'next-exit' }).then((end) => end.StatusCode as number);
      waiting.catch(() => undefined);
      ended = waiting;
      await handle.start();
    },
    pid: async () => (await handle.inspect()).State.Pid,
    wait: () => ended ?? Promise.reject(new Error(`${name} was not started`)),
    output,
    truth: async () => parseTruth(await output()),
    signal: (signal) => handle.kill({ signal }),
    exec: (command) => execIn(docker, handle, command),
    async remove() {
      await handle.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
        // 404: the test removed it itself; 409: a removal (`--rm`) is under way.
        if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
      });
    },
  };
  return container;
}

async function execIn(docker: Docker, handle: Docker.Container, command: readonly string[]): Promise<string> {
  const exec = await handle.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const chunks: Buffer[] = [];
  const joined = new PassThrough();
  joined.on('data', (chunk: Buffer) => chunks.push(chunk));
  docker.modem.demuxStream(stream, joined, joined);
  await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
  return Buffer.concat(chunks).toString();
}

/** Docker's log format: 8-byte headers (stream, 0, 0, 0, big-endian length) before each piece. */
function demultiplex(bytes: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const sizeBytes = bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + 8, at + 8 + sizeBytes));
    at += 8 + sizeBytes;
  }
  return Buffer.concat(pieces).toString();
}

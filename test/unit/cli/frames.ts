import type { Container, Identity } from '../../../src/model/container.ts';
import type { ContainerFrame, Frame } from '../../../src/model/frame.ts';
import type { SourceStatus } from '../../../src/model/frame-source.ts';
import { pidOf, slotOf } from '../../../src/model/ids.ts';

/** Frames as `aggregate` makes them, from a seed: the same number gives the same host. */
const NAMES = [
  'web-frontend',
  'checkout-api',
  'postgres-main',
  'redis-cache',
  'kafka-0',
  'nginx-ingress',
  'batch-worker',
];
const IMAGES = [
  'nginx:1.27',
  'registry.example/shop/checkout:2026.11',
  'postgres:17',
  'redis:8',
  'kafka:4.1',
  'busybox',
];
const CLASSES = ['read', 'write', 'epoll', 'openat', 'futex', 'connect', 'close', 'stat'];
const MIB = 1048576;

export function frameOf(containerCount: number, second = 0): Frame {
  const containers: ContainerFrame[] = [];
  for (let index = 0; index < containerCount; index++) containers.push(containerFrameOf(index, second));
  return {
    timeMs: Date.UTC(2026, 10, 24, 12, 0, second % 60),
    elapsedS: 1,
    containers,
    host: {
      cpu: [0, 1].flatMap((cpu) => [
        { cpu, mode: 'user', s: 100 + second * 0.3 },
        { cpu, mode: 'system', s: 50 + second * 0.1 },
        { cpu, mode: 'idle', s: 1000 + second * 0.6 },
      ]),
      memory: [
        { state: 'used', bytes: 3.1 * 1024 * MIB },
        { state: 'free', bytes: 1.5 * 1024 * MIB },
        { state: 'cached', bytes: 3 * 1024 * MIB },
      ],
      memoryLimitBytes: 7.6 * 1024 * MIB,
      load1m: 0.42,
      load5m: 0.51,
      load15m: 0.6,
      disk: [],
      network: [],
      uptimeS: 273_600,
      processes: 184,
    },
    lost: {},
  };
}

export function containerOf(index: number, identity: Partial<Identity> | undefined): Container {
  const id = (index + 1).toString(16).padStart(64, 'c0ffee');
  return {
    key: `0:${index + 40}`,
    slot: slotOf(index + 1),
    cgroupPath: `/docker/${id}`,
    startedMs: Date.UTC(2026, 10, 24, 11, 0, 0) - index * 977_000,
    isPreexisting: false,
    initPid: pidOf(1000 + index),
    identity: identity && {
      id,
      name: 'name',
      runtime: 'docker',
      imageName: undefined,
      imageTags: [],
      labels: {},
      resource: {},
      restarts: 0,
      ...identity,
    },
    endedMs: undefined,
  };
}

function containerFrameOf(index: number, second: number): ContainerFrame {
  const wave = (scale: number, salt: number) => scale * Math.abs(Math.sin(index * 1.7 + salt + second / 7)) ** 3;
  const suffix = index < NAMES.length ? '' : `-${index}`;
  const memoryLimitBytes = index % 3 === 0 ? 512 * MIB : undefined;
  return {
    container: containerOf(
      index,
      index % 11 === 10
        ? undefined
        : { name: `${NAMES[index % NAMES.length]}${suffix}`, imageName: IMAGES[index % IMAGES.length] },
    ),
    cpuRatio: wave(1.4, 1),
    cpuLimitCpus: index % 2 === 0 ? 1.5 : undefined,
    memoryBytes: 8 * MIB + wave(600 * MIB, 2),
    memoryLimitBytes,
    syscalls: Math.round(wave(90_000, 3)),
    syscallErrors: Math.round(wave(40, 4)),
    fileReadBytes: Math.round(wave(30 * MIB, 5)),
    fileWrittenBytes: Math.round(wave(4 * MIB, 6)),
    fileOpens: Math.round(wave(700, 7)),
    networkReceivedBytes: Math.round(wave(12 * MIB, 8)),
    networkTransmittedBytes: Math.round(wave(3 * MIB, 9)),
    processes: 1 + (index % 9),
    processStarts: index % 4,
    processExits: index % 4,
    oomKills: index === 6 ? 1 : 0,
    topProcesses: ['nginx: worker process', 'node', 'sh'].map((name, place) => ({
      pid: pidOf(4000 + index * 10 + place),
      name,
      cpuRatio: wave(0.5, place),
      rssBytes: 40 * MIB,
    })),
    topClasses: CLASSES.slice(0, 6).map((name, place) => ({
      name,
      calls: Math.round(wave(40_000, place)),
      errors: place === 3 ? 7 : 0,
    })),
    hotFiles: [
      { path: '/var/lib/postgresql/17/main/pg_wal/000000010000000000000001', bytes: 31 * MIB },
      { path: '/var/log/nginx/access.log', bytes: 340_000 },
    ],
  };
}

export function statusOf(change: Partial<SourceStatus> = {}): SourceStatus {
  return {
    version: '0.1.0',
    agentPid: 4312,
    isAgent: true,
    hostName: 'shop-eu-1',
    kernelRelease: '6.18.44',
    cpus: 2,
    syscalls: 'count',
    rssBytes: 92 * MIB,
    programsLoaded: 14,
    programsTotal: 14,
    exportState: { state: 'ok', endpoint: 'http://otel.example:4317', queuedBytes: 0, detail: undefined },
    lostTotal: 0,
    ...change,
  };
}

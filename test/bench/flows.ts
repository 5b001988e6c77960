import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernelProbe } from '../../src/probe/kernel/create-kernel-probe.ts';
import type { KernelProbe } from '../../src/probe/probe.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { makeCgroup, removeCgroup } from '../harness/cgroup.ts';
import { run as runCommand } from '../harness/command.ts';
import { waitUntil } from '../harness/wait.ts';
import { runContained, startContained } from '../kernel/contain.ts';
import { type BenchReport, format } from './report.ts';

/**
 * What flows cost: nanoseconds a send or receive of 300 B over loopback, in a watched container and outside,
 * against no probe, alternating in one run; and a flow pass over 20,000 idle sockets.
 */
const KINDS = ['tcp', 'udp', 'unix'] as const;
const PLACES = ['container', 'outside'] as const;
const ROUNDS = 12;
const BATCHES = ['800', '32'];
/** Several processes: one may have too few file descriptors. */
const HOLDERS = 20;
const CONNECTIONS = 10_000;
const PASSES = 10;

interface Line {
  readonly kind: (typeof KINDS)[number];
  readonly minNs: number;
  readonly medianNs: number;
}

export async function run(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  const program = join(folder, 'flow-rounds');
  const root = `/sonde-test/bench-flows-${process.pid}`;
  makeCgroup(`${root}/box`);
  try {
    execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'flow-rounds.c')]);
    const best = await measureCalls(root, program);
    const passes = await measurePasses(root, program);
    return toReport(best, passes);
  } finally {
    removeCgroup(root);
    rmSync(folder, { recursive: true });
  }
}

const openProbe = (cgroupRoot: string): Promise<KernelProbe> =>
  createKernelProbe(
    { level: 'off', scope: 'containers', cgroupRoot, cgroupDir: '/sys/fs/cgroup', procDir: '/proc' },
    { clock: createSystemClock('/proc') },
  );

/** The fastest batch of all rounds, by variant, place and kind. */
async function measureCalls(root: string, program: string): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++)
    for (const variant of ['none', 'sonde']) {
      const probe = variant === 'none' ? undefined : await openProbe(root);
      try {
        for (const place of PLACES)
          for (const kind of KINDS) {
            const command = ['/usr/bin/taskset', '-c', '1', program, kind, ...BATCHES];
            const { stdout } =
              place === 'container'
                ? await runContained(`${root}/box`, command)
                : { stdout: await runCommand(command[0] ?? '', command.slice(1)) };
            const { minNs } = JSON.parse(stdout) as Line;
            const key = `${variant}/${place}/${kind}`;
            best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, minNs));
          }
      } finally {
        probe?.close();
      }
    }
  return best;
}

interface PassFigures {
  readonly quietMs: number;
  readonly fullMs: number;
  readonly sizeBytes: number;
}

async function measurePasses(root: string, program: string): Promise<PassFigures> {
  const probe = await openProbe(root);
  let output = '';
  const holders = Array.from({ length: HOLDERS }, () => {
    const holder = startContained(`${root}/box`, [program, 'idle', String(CONNECTIONS / HOLDERS)]);
    holder.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return holder;
  });
  try {
    await waitUntil(
      'the connections',
      () => output.split('idle').length - 1,
      (count) => count === HOLDERS,
      60_000,
    );
    await probe.readFlows(true);
    let quietMs = Number.POSITIVE_INFINITY;
    let fullMs = Number.POSITIVE_INFINITY;
    let sizeBytes = 0;
    for (let i = 0; i < PASSES; i++) {
      quietMs = Math.min(quietMs, await timeMs(() => probe.readFlows(false)));
      fullMs = Math.min(
        fullMs,
        await timeMs(async () => {
          sizeBytes = (await probe.readFlows(true)).byteLength;
        }),
      );
    }
    return { quietMs, fullMs, sizeBytes };
  } finally {
    await Promise.all(
      holders.map((holder) => {
        const ended = new Promise((resolve) => holder.on('exit', resolve));
        holder.stdin.end();
        return ended;
      }),
    );
    probe.close();
  }
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

function toReport(best: ReadonlyMap<string, number>, passes: PassFigures): BenchReport {
  const of = (variant: string, place: string, kind: string): number =>
    best.get(`${variant}/${place}/${kind}`) ?? Number.NaN;
  const added = (place: string, kind: string): number => of('sonde', place, kind) - of('none', place, kind);
  const rows = PLACES.flatMap((place) =>
    KINDS.map((kind) => [
      `${kind}, ${place}`,
      format(of('none', place, kind)),
      format(of('sonde', place, kind)),
      format(added(place, kind)),
    ]),
  );
  return {
    title: 'Flows',
    intro: `A send or receive of 300 B over loopback, ns; fastest of ${ROUNDS} × ${BATCHES[0]} batches. A pass over ${CONNECTIONS * 2} idle sockets takes ${format(passes.quietMs)} ms when nothing changed and ${format(passes.fullMs)} ms in full (${passes.sizeBytes} B).`,
    header: ['call', 'no probe', 'sonde', 'added'],
    rows,
    aims: [
      { what: 'ns a TCP send or receive in a container', measured: added('container', 'tcp'), limit: 130 },
      { what: 'ns a UDP send or receive in a container', measured: added('container', 'udp'), limit: 130 },
      { what: 'ms of a pass over 20,000 idle sockets', measured: passes.quietMs, limit: 50 },
      { what: 'ms of a full pass over 20,000 sockets', measured: passes.fullMs, limit: 100 },
    ],
  };
}

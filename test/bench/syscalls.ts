import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startAgent } from '../harness/agent.ts';
import { cgroupMounts } from '../harness/cgroup.ts';
import { run as runCommand } from '../harness/command.ts';
import { openTestHost, type TestContainer } from '../harness/docker.ts';
import { waitUntil } from '../harness/wait.ts';
import { type BenchLine, buildWorkload, parseBench } from '../harness/workload.ts';
import { type BenchReport, format } from './report.ts';

/**
 * What a probe adds to a system call, in nanoseconds: in a counted container and in a process that is in
 * none. All variants take turns in one run; the figures are differences to "no probe" of the same run,
 * from the fastest of many short batches (the least disturbed) and from their median.
 */
const ROUNDS = 5;
const BENCH = ['benchgetppid:3000:256', 'benchread:3000:256', 'benchread:3000:256:/etc/hostname', 'quit:0'];
const VARIANTS = ['none', 'off', 'count', 'latency', 'bpftrace'] as const;
type Variant = (typeof VARIANTS)[number];
const PLACES = ['container', 'outside'] as const;
const CALLS = ['getppid', 'read', 'pread'] as const;
/** Of the fastest and of the median batch, nanoseconds a call. */
type Figure = 'min' | 'median';

export async function run(): Promise<BenchReport> {
  const samples = new Map<string, number[]>();
  const host = await openTestHost('bench-syscalls');
  try {
    // Docker's default seccomp profile would hide a part of the cost: calls take the slow entry anyway.
    const hostConfig = { CpusetCpus: '1', SecurityOpt: ['seccomp=unconfined'] };
    const container = await host.runContainer({ args: ['hold'], hostConfig });
    for (let round = 0; round < ROUNDS; round++)
      for (const variant of VARIANTS) {
        const stop = await startProbe(variant, host.cgroupRoot, container);
        try {
          record(samples, variant, 'container', parseBench(await container.exec(['/workload', ...BENCH])));
          record(
            samples,
            variant,
            'outside',
            parseBench(await runCommand('taskset', ['-c', '1', await buildWorkload(), ...BENCH])),
          );
        } finally {
          await stop();
        }
      }
  } finally {
    await host.close();
  }
  return toReport(samples);
}

async function startProbe(
  variant: Variant,
  cgroupRoot: string,
  container: TestContainer,
): Promise<() => Promise<unknown>> {
  if (variant === 'none') return async () => undefined;
  if (variant === 'bpftrace') return startBpftrace(container.cgroupPath);
  const env = { SONDE_SYSCALLS: variant };
  const agent = await startAgent({ cgroupRoot, env: { ...env, OTEL_METRIC_EXPORT_INTERVAL: '10000' } });
  return () => agent.stop();
}

/** The usual one-liner, kept to the bench's own container; tracefs is mounted in a namespace of its own. */
async function startBpftrace(cgroupPath: string): Promise<() => Promise<unknown>> {
  const mount = cgroupMounts().find((path) => path.endsWith('/unified')) ?? '/sys/fs/cgroup';
  const filter = `/cgroup == cgroupid("${join(mount, cgroupPath)}")/`;
  const program = `BEGIN { printf("attached\\n"); } tracepoint:raw_syscalls:sys_enter ${filter} { @[cgroup] = count(); }`;
  const script =
    'mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing; exec bpftrace -e "$1"';
  const child = spawn('unshare', ['--mount', 'bash', '-c', script, 'bash', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await waitUntil(
    'bpftrace to be attached',
    () => child.exitCode !== null || text.includes('attached'),
    (done) => done,
    30_000,
  );
  if (child.exitCode !== null) throw new Error('bpftrace ended at start: apt-get install bpftrace');
  return async () => {
    child.kill('SIGINT');
    await ended;
    if (!/@\[\d+\]: [1-9]/.test(text)) throw new Error(`bpftrace counted nothing: ${text}`);
  };
}

const keyOf = (variant: Variant, place: string, call: string, figure: Figure) =>
  `${variant}/${place}/${call}/${figure}`;

function record(samples: Map<string, number[]>, variant: Variant, place: string, lines: readonly BenchLine[]): void {
  for (const line of lines)
    for (const [figure, valuePs] of [['min', line.minPs] as const, ['median', line.medianPs] as const]) {
      const key = keyOf(variant, place, line.bench, figure);
      samples.set(key, [...(samples.get(key) ?? []), valuePs / 1000]);
    }
}

/** Over the rounds: the least of the fastest batches, and the middle one of the medians. */
function figureNs(
  samples: ReadonlyMap<string, number[]>,
  variant: Variant,
  place: string,
  call: string,
  figure: Figure,
): number {
  const values = [...(samples.get(keyOf(variant, place, call, figure)) ?? [])].sort((a, b) => a - b);
  const value = figure === 'min' ? values[0] : values[Math.floor(values.length / 2)];
  if (value === undefined) throw new Error(`nothing was measured for ${variant} ${place} ${call}`);
  return value;
}

function toReport(samples: ReadonlyMap<string, number[]>): BenchReport {
  const added = (variant: Variant, place: string, call: string, figure: Figure) =>
    figureNs(samples, variant, place, call, figure) - figureNs(samples, 'none', place, call, figure);
  const rows = PLACES.flatMap((place) =>
    CALLS.flatMap((call) =>
      VARIANTS.map((variant) => {
        const base = figureNs(samples, 'none', place, call, 'min');
        const total = figureNs(samples, variant, place, call, 'min');
        const least = added(variant, place, call, 'min');
        const median = added(variant, place, call, 'median');
        const share = least / added('bpftrace', place, call, 'min');
        const cells = [place, call, variant, format(total), format(least), format(median), format(total / base)];
        return [...cells, variant === 'none' || variant === 'bpftrace' ? '–' : format(share)];
      }),
    ),
  );
  const aim = (variant: Variant, call: string, limit: number) => ({
    what: `ns that \`${variant}\` adds to a ${call} in a container`,
    measured: added(variant, 'container', call, 'min'),
    limit,
  });
  const third = (variant: Variant, call: string) => ({
    what: `\`${variant}\`, ${call}: share of what bpftrace adds`,
    measured: added(variant, 'container', call, 'min') / added('bpftrace', 'container', call, 'min'),
    limit: 1 / 3,
  });
  return {
    title: 'System calls',
    intro:
      'Nanoseconds a system call, batches of 256 calls, variants taking turns. `bpftrace` counts by cgroup at ' +
      'sys_enter, kept to the same container. `outside` is a process in no container. `read`: a byte of /dev/zero; `pread`: a byte of a regular file.',
    header: [
      'where',
      'call',
      'probe',
      'ns (least)',
      'added (least)',
      'added (median)',
      'ratio to none',
      'share of bpftrace',
    ],
    rows,
    // 3 ns: what "no probe" differs by between rounds.
    aims: [
      aim('off', 'getppid', 3),
      aim('off', 'read', 3),
      aim('count', 'getppid', 100),
      aim('count', 'read', 250),
      aim('count', 'pread', 250),
      aim('latency', 'getppid', 180),
      third('count', 'getppid'),
    ],
  };
}

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePath } from '../harness/cache.ts';
import { run as runCommand, tryRun } from '../harness/command.ts';
import { type BenchLine, buildWorkload } from '../harness/workload.ts';
import { type BenchReport, format } from './report.ts';

/**
 * What the probe adds to a system call in guest instructions: a virtual machine with one CPU, emulated,
 * in which every instruction counts one (`vm/init.c`). Nothing of this machine's load shows in it, so it
 * is a gate; it knows nothing of cache misses, so it is no substitute for nanoseconds.
 */
const ROOT = join(import.meta.dirname, '../..');
const KERNEL_PACKAGE = 'linux-image-6.12-cloud-amd64';
const QEMU = [
  ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
  ['-machine', 'pc', '-m', '512M', '-smp', '1', '-accel', 'tcg,thread=single'],
  ['-icount', 'shift=0,sleep=off', '-seed', '1', '-rtc', 'base=2026-01-01,clock=vm'],
  ['-append', 'console=ttyS0 nokaslr norandmaps quiet panic=-1'],
].flat();

/** Guest instructions a call: level → place → call → least and median of batches, one entry a round. */
export interface Measurement {
  readonly level: string;
  readonly place: 'counted' | 'other';
  readonly call: BenchLine['bench'];
  readonly min: number;
  readonly median: number;
}

export async function run(): Promise<BenchReport> {
  const kernel = await kernelImage();
  const measurements = parseConsole(await boot(kernel));
  const least = (level: string, place: string, call: string) => {
    const all = measurements.filter((m) => m.level === level && m.place === place && m.call === call);
    if (all.length === 0) throw new Error(`the machine measured nothing for ${level} ${place} ${call}`);
    return all.map((m) => m.median).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
  };
  const levels = ['none', 'off', 'count', 'latency'];
  const rows = (['counted', 'other'] as const).flatMap((place) =>
    (['getppid', 'read'] as const).flatMap((call) =>
      levels.map((level) => {
        const total = least(level, place, call);
        return [place, call, level, format(total), format(total - least('none', place, call))];
      }),
    ),
  );
  const aim = (level: string, call: string, limit: number) => ({
    what: `guest instructions that \`${level}\` adds to a ${call} in a container`,
    measured: least(level, 'counted', call) - least('none', 'counted', call),
    limit,
  });
  return {
    title: 'Instructions a system call',
    intro: `Guest instructions a call, Debian kernel ${kernel.version}, one emulated CPU, middle one of 500 batches of 1,000 calls. For comparison, the same way: Falco's modern probe adds 891 to a getppid, bpftrace counting by cgroup 1,332.`,
    header: ['cgroup', 'call', 'level', 'instructions', 'added'],
    rows,
    aims: [aim('off', 'getppid', 0), aim('off', 'read', 0), aim('count', 'getppid', 200)],
  };
}

interface Kernel {
  readonly path: string;
  readonly version: string;
}

/** Debian's 6.12 kernel, by the package manager, unpacked into the cache and never installed. */
async function kernelImage(): Promise<Kernel> {
  const folder = cachePath(KERNEL_PACKAGE);
  if (!existsSync(folder)) {
    const work = mkdtempSync(join(tmpdir(), 'sonde-kernel-'));
    const depends = await runCommand('apt-cache', ['depends', '--important', KERNEL_PACKAGE]);
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (name === undefined) throw new Error(`apt knows no ${KERNEL_PACKAGE}: run apt-get update`);
    await runCommand('apt-get', ['download', name], { cwd: work });
    const [file] = readdirSync(work);
    await runCommand('dpkg', ['-x', file ?? '', 'root'], { cwd: work });
    mkdirSync(`${folder}.half`, { recursive: true });
    const image = readdirSync(join(work, 'root/boot')).find((entry) => entry.startsWith('vmlinuz-')) ?? '';
    copyFileSync(join(work, 'root/boot', image), join(`${folder}.half`, image));
    renameSync(`${folder}.half`, folder);
    rmSync(work, { recursive: true, force: true });
  }
  const [image] = readdirSync(folder);
  if (image === undefined) throw new Error(`${folder} holds no kernel: delete it`);
  return { path: join(folder, image), version: image.slice('vmlinuz-'.length) };
}

async function boot(kernel: Kernel): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-vm-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(root);
    const source = join(import.meta.dirname, 'vm/init.c');
    const flags = ['-O2', '-Wall', '-static', `-I${join(ROOT, 'bpf')}`];
    await runCommand('cc', [...flags, '-o', join(root, 'init'), source, '-lbpf', '-lelf', '-lz']);
    copyFileSync(join(ROOT, 'build/sonde.bpf.o'), join(root, 'sonde.bpf.o'));
    copyFileSync(await buildWorkload(), join(root, 'workload'));
    const initrd = join(folder, 'initrd');
    await runCommand('sh', ['-c', `find . | cpio -o -H newc --quiet > ${initrd}`], { cwd: root });
    const args = [...QEMU, '-kernel', kernel.path, '-initrd', initrd];
    const result = await tryRun('qemu-system-x86_64', args, { isNice: true, timeoutMs: 600_000 });
    if (!result.stdout.includes('"done":1')) {
      throw new Error(`the machine did not finish:\n${(result.stdout + result.stderr).slice(-3000)}`);
    }
    return result.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function parseConsole(text: string): Measurement[] {
  const measurements: Measurement[] = [];
  let level = '';
  let place: Measurement['place'] = 'other';
  for (const line of text.split(/\r?\n/).filter((entry) => entry.startsWith('{'))) {
    const entry = JSON.parse(line) as { level?: string; cgroup?: string; counted?: number } & Partial<BenchLine>;
    if (entry.counted === 0) throw new Error(`level ${level} counted nothing: its cost would mean nothing`);
    if (entry.level !== undefined) {
      level = entry.level;
      place = entry.cgroup?.startsWith('counted') ? 'counted' : 'other';
    }
    if (entry.bench === undefined) continue;
    measurements.push({ level, place, call: entry.bench, min: entry.minTicks ?? 0, median: entry.medianTicks ?? 0 });
  }
  return measurements;
}

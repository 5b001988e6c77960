/**
 * A process of its own for what would end the test's: `node child.ts MODE CGROUP`. It prints one JSON line;
 * its exit code is part of what is tested.
 */
import { execFile } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { slotOf } from '../../src/model/ids.ts';
import { createKernelProbe } from '../../src/probe/kernel/create-kernel-probe.ts';
import type { KernelProbe } from '../../src/probe/probe.ts';
import { createSystemClock } from '../../src/self/system-clock.ts';
import { makeCgroup } from '../harness/cgroup.ts';
import { buildWorkload } from '../harness/workload.ts';
import { buildContain } from '../kernel/contain.ts';
import { optionsFor } from '../kernel/open-kernel.ts';

const [mode, root] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
if (mode === undefined || root === undefined) throw new Error('child.ts MODE CGROUP');

const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function read(onBytes: (count: number) => void): Promise<KernelProbe> {
  const probe = await createKernelProbe(optionsFor(root as string), { clock: createSystemClock('/proc') });
  probe.onRecords((records) => onBytes(records.byteLength));
  return probe;
}

/** Containers that make records as fast as they can until this process ends. */
async function makeNoise(name: string, processes = 20_000): Promise<void> {
  makeCgroup(`${root}/${name}`);
  const child = execFile(buildContain(), [`${root}/${name}`, await buildWorkload(), `spawn:${processes}:0`]);
  child.unref();
}

async function untilBytes(start: (onBytes: (count: number) => void) => Promise<unknown>): Promise<number> {
  let bytes = 0;
  await start((count) => {
    bytes += count;
  });
  while (bytes < 50_000) await sleep(10);
  return bytes;
}

/** CapEff and CapPrm of every thread. */
function threadCapabilities(): string[] {
  const sets = readdirSync('/proc/self/task').map((tid) => {
    const status = readFileSync(`/proc/self/task/${tid}/status`, 'utf8');
    return ['CapInh', 'CapPrm', 'CapEff', 'CapBnd'].map((name) => status.match(`${name}:\\s*(\\w+)`)?.[1]).join(' ');
  });
  return [...new Set(sets)];
}

const MODES: Record<string, () => Promise<void>> = {
  /** Ends in the middle of reading. */
  async exit() {
    await makeNoise('a');
    say({ bytes: await untilBytes(read) });
    process.exit(7);
  },
  /** What the handler throws is an uncaught exception, as anywhere. */
  async throwing() {
    await makeNoise('a');
    const probe = await createKernelProbe(optionsFor(root as string), { clock: createSystemClock('/proc') });
    process.once('uncaughtException', (error) => {
      say({ caught: error.message });
      process.exit(3);
    });
    probe.onRecords(() => {
      throw new Error('thrown by the handler');
    });
    await sleep(30_000);
  },
  /** Nothing else to do: a probe must not keep the process alive. */
  async natural() {
    await read(() => undefined);
    say({ isReading: true });
  },
  /** Closes while records come, twice, and opens again. */
  async close() {
    await makeNoise('a');
    for (let round = 0; round < 3; round++) {
      let probe: KernelProbe | undefined;
      await untilBytes(async (onBytes) => {
        probe = await read(onBytes);
      });
      probe?.close();
      probe?.close();
    }
    say({ rounds: 3 });
    process.exit(0);
  },
  /** The addon in two workers at once; both are ended while they read. */
  async worker() {
    await makeNoise('a');
    const workers = [1, 2].map(() => new Worker(new URL(import.meta.url), { workerData: ['in-worker', root] }));
    const bytes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
    await Promise.all(workers.map((worker) => worker.terminate()));
    const again = await untilBytes(read);
    say({ workers: bytes.length, again });
    process.exit(0);
  },
  async 'in-worker'() {
    const bytes = await untilBytes(read);
    parentPort?.postMessage(bytes);
    await sleep(60_000);
  },
  /** Every thread loses what is not kept, and the probe still does all its work. */
  async capabilities() {
    let bytes = 0;
    const probe = await read((count) => {
      bytes += count;
    });
    // Threads of every kind: libuv's pool, a worker, V8's and the ring's.
    await promisify(pbkdf2)('x', 'y', 10, 16, 'sha256');
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    const threads = readdirSync('/proc/self/task').length;
    const contain = buildContain();
    const workload = await buildWorkload();
    // Started before: a process without capabilities starts none with them.
    makeCgroup(`${root}/a`);
    const container = execFile('/bin/sh', ['-c', `sleep 1; exec ${contain} ${root}/a ${workload} getppid:21`]);
    const kept = probe.dropCapabilities(['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH']);
    const sets = threadCapabilities();
    await new Promise((resolve) => container.once('exit', resolve));
    await sleep(200);
    const calls = probe.readCells(slotOf(1)).calls.reduce((sum, count) => sum + count, 0);
    const claimed = probe.claimSlot(probe.hierarchy.id, '123456789', 0);
    probe.releaseSlot(claimed);
    probe.releaseSlot(slotOf(1));
    say({ kept, sets, threads, bytes, calls, claimed, slots: probe.fill()['slots'] });
    probe.close();
    await worker.terminate();
  },
};

await MODES[mode]?.();

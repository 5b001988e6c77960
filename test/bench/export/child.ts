import { createOurs, createSdk } from './flush.ts';

/** `node child.ts <way> <points> <endpoint>`: one way in a process of its own; prints a measurement. */
export interface Measurement {
  /** CPU of a flush, median; user and system. */
  readonly cpuMs: number;
  /** CPU of the very first flush, in which nothing is cached. */
  readonly firstCpuMs: number;
  readonly wallMs: number;
  readonly peakRssMib: number;
  /** With all points made and nothing sent yet. */
  readonly startRssMib: number;
}

const WARM_UP = 3;
const FLUSHES = 15;

const [way, points, endpoint = ''] = process.argv.slice(2);
const flusher = way === 'ours' ? createOurs(endpoint, Number(points)) : createSdk(endpoint, Number(points));
const startRssMib = process.memoryUsage.rss() / 2 ** 20;
const cpuMsList: number[] = [];
const wallMsList: number[] = [];
for (let i = 0; i < WARM_UP + FLUSHES; i++) {
  const startMs = performance.now();
  const start = process.cpuUsage();
  await flusher.flush();
  const { user, system } = process.cpuUsage(start);
  cpuMsList.push((user + system) / 1000);
  wallMsList.push(performance.now() - startMs);
}
const peakRssMib = process.resourceUsage().maxRSS / 1024;
await flusher.close();
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const measurement: Measurement = {
  cpuMs: median(cpuMsList.slice(WARM_UP)),
  firstCpuMs: cpuMsList[0] ?? 0,
  wallMs: median(wallMsList.slice(WARM_UP)),
  peakRssMib,
  startRssMib,
};
process.stdout.write(JSON.stringify(measurement));

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { run as runCommand } from '../harness/command.ts';
import type { Measurement } from './export/child.ts';
import type { EncodeMeasurement } from './export/encode-child.ts';
import { type BenchReport, format } from './report.ts';

/**
 * What it costs to bring points with 12 attributes to an OTLP endpoint, against the SDK's own best path
 * (MetricProducer and stock exporter) in the same run. Each way runs in a process of its own, against a
 * gRPC sink in another.
 */
const SIZES = [1000, 10_000, 100_000] as const;
/** Ways take turns; of each the best round counts, the least disturbed. */
const ROUNDS = 3;
const MIB = 2 ** 20;

type Way = 'ours' | 'sdk';

export async function run(): Promise<BenchReport> {
  const sink = await startSinkProcess();
  try {
    const rows: string[][] = [];
    const cpuRatios: { points: number; ratio: number }[] = [];
    for (const points of SIZES) {
      let encode = await measureEncoder(points);
      const best = {
        ours: await measure('ours', points, sink.endpoint),
        sdk: await measure('sdk', points, sink.endpoint),
      };
      for (let round = 1; round < ROUNDS; round++) {
        const nextEncode = await measureEncoder(points);
        if (nextEncode.makeMs < encode.makeMs) encode = nextEncode;
        for (const way of ['ours', 'sdk'] as const) {
          const next = await measure(way, points, sink.endpoint);
          if (next.cpuMs < best[way].cpuMs) best[way] = next;
        }
      }
      rows.push(rowOf('sonde', points, best.ours, encode), rowOf('SDK', points, best.sdk, undefined));
      cpuRatios.push({ points, ratio: best.ours.cpuMs / best.sdk.cpuMs });
    }
    return {
      title: 'Export',
      intro:
        'One flush of points with 12 attributes (about 470 bytes each) over gRPC without compression; median of 15 flushes, best of 3 rounds. "take" is what `push` holds the event loop for, "make" is writing the requests; the rest of the CPU is the gRPC library, the kernel and the garbage collector. RSS: with all points made and nothing sent, and the highest. Where the time went and how it was halved: decisions/0003-export-path.md.',
      header: ['points', 'way', 'CPU, ms', 'take, ms', 'make, ms', 'first flush, ms', 'bytes', 'requests', 'RSS, MiB'],
      rows,
      aims: cpuRatios.map(({ points, ratio }) => ({
        what: `CPU of ${points.toLocaleString('en')} points as a share of the SDK's`,
        measured: ratio,
        limit: 0.5,
      })),
    };
  } finally {
    sink.stop();
  }
}

function rowOf(name: string, points: number, way: Measurement, encode: EncodeMeasurement | undefined): string[] {
  const of = (value: number | undefined) => (value === undefined ? '–' : format(value));
  return [
    points.toLocaleString('en'),
    name,
    format(way.cpuMs),
    of(encode?.takeMs),
    of(encode?.makeMs),
    way.firstCpuMs.toFixed(0),
    encode ? `${(encode.sizeBytes / MIB).toFixed(1)} MiB` : '–',
    of(encode?.requests),
    `${way.startRssMib.toFixed(0)} → ${way.peakRssMib.toFixed(0)}`,
  ];
}

async function measure(way: Way, points: number, endpoint: string): Promise<Measurement> {
  return JSON.parse(await child('child.ts', way, String(points), endpoint)) as Measurement;
}

async function measureEncoder(points: number): Promise<EncodeMeasurement> {
  return JSON.parse(await child('encode-child.ts', String(points))) as EncodeMeasurement;
}

async function child(script: string, ...args: string[]): Promise<string> {
  return runCommand(process.execPath, [join(import.meta.dirname, 'export', script), ...args]);
}

async function startSinkProcess(): Promise<{ endpoint: string; stop: () => void }> {
  const sink = spawn(process.execPath, [join(import.meta.dirname, 'export/sink-child.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(sink.stdout, 'data')) as [Buffer];
  return { endpoint: line.toString().trim(), stop: () => sink.stdin.end() };
}

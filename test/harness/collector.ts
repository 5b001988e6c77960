import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectorBinary } from './go-build.ts';
import { type Point, pointsOf } from './otlp-json.ts';
import { type CollectedSpan, spansOf } from './otlp-json-spans.ts';
import { freePort } from './ports.ts';
import { startServer } from './server.ts';
import { waitUntil } from './wait.ts';

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly grpcUrl: string;
  readonly httpUrl: string;
  /** Every data point received so far, oldest first. */
  points(): Point[];
  /** Every span received so far, oldest first. */
  spans(): CollectedSpan[];
  /** The newest value of each series of one metric; a marker "no recorded value" is none. */
  latest(metric: string, resource?: Readonly<Record<string, unknown>>): Point[];
  waitFor(what: string, isDone: (points: readonly Point[]) => boolean, timeoutMs?: number): Promise<Point[]>;
  log(): string;
  stop(): Promise<void>;
}

export interface CollectorOptions {
  /** Base URL of a Prometheus; without it points only go to the file. */
  readonly prometheusUrl?: string;
  /** More configuration, merged over `otel-config/collector-prometheus.yaml`: YAML text. */
  readonly overlays?: readonly string[];
  /** Fixed ports, for a Collector that comes back at the same address. */
  readonly grpcPort?: number;
  readonly httpPort?: number;
  /** The address to listen on; default loopback. */
  readonly host?: string;
}

/** A real OpenTelemetry Collector, run with the example pipeline of `otel-config/`. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const binary = await collectorBinary();
  const grpcPort = options.grpcPort ?? (await freePort());
  const httpPort = options.httpPort ?? (await freePort());
  const host = options.host ?? '127.0.0.1';
  const folder = mkdtempSync(join(tmpdir(), 'sonde-collector-'));
  const file = join(folder, 'metrics.jsonl');
  const tracesFile = join(folder, 'traces.jsonl');
  const config = join(import.meta.dirname, '../../otel-config/collector-prometheus.yaml');
  const fileOnly = 'service::pipelines::metrics::exporters: [file]';
  const overlays = [...(options.prometheusUrl === undefined ? [fileOnly] : []), ...(options.overlays ?? [])];
  const server = await startServer(
    binary,
    [`--config=${config}`, ...overlays.map((yaml) => `--config=yaml:${yaml}`)],
    {
      SONDE_COLLECTOR_GRPC: `${host}:${grpcPort}`,
      SONDE_COLLECTOR_HTTP: `${host}:${httpPort}`,
      SONDE_COLLECTOR_FILE: file,
      SONDE_COLLECTOR_TRACES: tracesFile,
      SONDE_PROMETHEUS: options.prometheusUrl ?? 'http://127.0.0.1:9',
    },
    async () => (await fetch(`http://${host}:${httpPort}/v1/metrics`).catch(() => undefined)) !== undefined,
  );
  const points = follow(file, pointsOf);
  return {
    grpcUrl: `http://${host}:${grpcPort}`,
    httpUrl: `http://${host}:${httpPort}`,
    points,
    spans: follow(tracesFile, spansOf),
    latest(metric, resource = {}) {
      const newest = new Map<string, Point>();
      for (const point of points()) {
        if (point.metric !== metric || point.hasNoRecordedValue || !matches(point.resource, resource)) continue;
        newest.set(JSON.stringify([point.resource, point.attributes]), point);
      }
      return [...newest.values()];
    },
    waitFor: (what, isDone, timeoutMs) => waitUntil(`the Collector to have ${what}`, points, isDone, timeoutMs, 250),
    log: server.log,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Each call parses only what was written since the last one. */
function follow<T>(file: string, parse: (lines: string) => readonly T[]): () => T[] {
  const items: T[] = [];
  let offset = 0;
  return () => {
    if (!existsSync(file)) return items;
    const fd = openSync(file, 'r');
    const fresh = Buffer.alloc(fstatSync(fd).size - offset);
    readSync(fd, fresh, 0, fresh.length, offset);
    closeSync(fd);
    // The last line may still be written.
    const whole = fresh.subarray(0, fresh.lastIndexOf(10) + 1);
    for (const item of parse(whole.toString())) items.push(item);
    offset += whole.length;
    return items;
  };
}

function matches(have: Readonly<Record<string, unknown>>, want: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(want).every(([key, value]) => have[key] === value);
}

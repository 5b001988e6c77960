import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheusBinary } from './go-build.ts';
import { freePort } from './ports.ts';
import { startServer } from './server.ts';
import { waitUntil } from './wait.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  /** Instant query; an empty list when nothing matches. */
  query(expression: string): Promise<Sample[]>;
  /** The value of the one series that matches; an error when there is none or more. */
  value(expression: string): Promise<number>;
  waitFor(expression: string, isDone: (samples: readonly Sample[]) => boolean, timeoutMs?: number): Promise<Sample[]>;
  /** All samples of the last `seconds` of every series that matches: [unix seconds, value]. */
  range(selector: string, seconds: number): Promise<{ labels: Record<string, string>; values: [number, number][] }[]>;
  log(): string;
  stop(): Promise<void>;
}

/** A real Prometheus with its OTLP receiver on, as `otel-config/prometheus.yaml` says. */
export async function startPrometheus(): Promise<Prometheus> {
  const binary = await prometheusBinary();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = mkdtempSync(join(tmpdir(), 'sonde-prometheus-'));
  const config = join(import.meta.dirname, '../../otel-config/prometheus.yaml');
  const server = await startServer(
    binary,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-otlp-receiver',
      '--log.level=warn',
    ],
    {},
    async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
  );
  const query = async (expression: string): Promise<Sample[]> => {
    const result = await ask(url, expression);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }));
  };
  return {
    url,
    query,
    async value(expression) {
      const samples = await query(expression);
      const [only] = samples;
      if (only === undefined || samples.length > 1) throw new Error(`${expression} gives ${JSON.stringify(samples)}`);
      return only.value;
    },
    waitFor: (expression, isDone, timeoutMs) => waitUntil(expression, () => query(expression), isDone, timeoutMs, 200),
    async range(selector, seconds) {
      const result = await ask(url, `${selector}[${seconds}s]`);
      return result.map(({ metric, values }) => ({
        labels: metric,
        values: (values ?? []).map(([at, value]): [number, number] => [at, Number(value)]),
      }));
    },
    log: server.log,
    async stop() {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

interface RawResult {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

async function ask(url: string, expression: string): Promise<RawResult[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await response.json()) as { status: string; error?: string; data?: { result: RawResult[] } };
  if (body.data === undefined) throw new Error(`Prometheus on ${expression}: ${body.error ?? body.status}`);
  return body.data.result;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ExportConfig } from '../../../src/export/export.ts';
import type { MetricSpec } from '../../../src/generated/signals.ts';
import type { Attributes } from '../../../src/model/attributes.ts';
import type { Clock } from '../../../src/model/clock.ts';
import type { MetricBatch, ResourceSeries, Series } from '../../../src/model/series.ts';
import type { Ledger } from '../../../src/self/ledger.ts';
import type { Log } from '../../../src/self/log.ts';

export const T0_MS = 1_764_000_000_000;

export function metric(over: Partial<MetricSpec> = {}): MetricSpec {
  return {
    name: 'test.calls',
    unit: '{call}',
    kind: 'counter',
    isInteger: true,
    bound: 9,
    description: 'calls',
    ...over,
  };
}

export function series(
  spec: MetricSpec,
  attributes: Attributes,
  value: Series['value'],
  startMs = T0_MS - 60_000,
): Series {
  return { metric: spec, attributes, startMs, value, cache: undefined };
}

export function resource(key: string, live: readonly Series[], ended: readonly Series[] = []): ResourceSeries {
  return { key, resource: { 'container.id': key }, series: live, ended };
}

export const batch = (timeMs: number, ...resources: ResourceSeries[]): MetricBatch => ({ timeMs, resources });

/** A batch of `count` counters with 12 attributes, 1000 a resource. */
export function largeBatch(count: number, timeMs = T0_MS): MetricBatch {
  const spec = metric();
  const resources: ResourceSeries[] = [];
  for (let first = 0; first < count; first += 1000)
    resources.push(
      resource(
        `c${first}`,
        Array.from({ length: Math.min(1000, count - first) }, (_, i) => series(spec, twelve(first + i), first + i)),
      ),
    );
  return { timeMs, resources };
}

function twelve(n: number): Attributes {
  const attributes: Record<string, string | number> = { 'test.n': n };
  for (let i = 1; i < 12; i++) attributes[`test.attribute.${i}`] = `value-${i}-${n % 97}`;
  return attributes;
}

export function config(endpoint: string, dataDir: string, over: Partial<ExportConfig> = {}): ExportConfig {
  return {
    protocol: endpoint.endsWith('/v1/metrics') ? 'http/protobuf' : 'grpc',
    endpoint,
    headers: {},
    isInsecure: endpoint.startsWith('http:'),
    certificateFile: undefined,
    clientCertificateFile: undefined,
    clientKeyFile: undefined,
    compression: 'none',
    timeoutMs: 800,
    intervalMs: 10_000,
    temporality: 'cumulative',
    dataDir,
    queueLimitBytes: 64 * 1024 * 1024,
    ...over,
  };
}

/** Time that passes only when told to; `tick` of the stage is given its `wallMs`. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let elapsedMs = 0;
  return {
    wallMs: () => T0_MS + elapsedMs,
    monotonicMs: () => elapsedMs,
    bootToWallMs: (bootNs) => bootNs,
    advance(ms) {
      elapsedMs += ms;
    },
  };
}

export interface KeptLog extends Log {
  readonly lines: string[];
}

export function keptLog(): KeptLog {
  const lines: string[] = [];
  const at = (level: string) => (stage: string, message: string) => void lines.push(`${level} ${stage} ${message}`);
  return { lines, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

export function countOf(ledger: Ledger, outcome: string, reason = ''): number {
  return (
    ledger.rows().find((row) => row.stage === 'export' && row.outcome === outcome && row.reason === reason)?.count ?? 0
  );
}

export function tempDir(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sonde-export-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

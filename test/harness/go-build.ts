import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cachePath, runPath } from './cache.ts';
import { run, tryRun } from './command.ts';
import { withLock } from './lock.ts';

/**
 * The real backends, built once from the Go module proxy into the cache (`cache.ts`). The build folder is
 * removed afterwards; Go's own module and build caches stay where Go keeps them.
 */
const COLLECTOR_VERSION = '0.165.0';
const PROMETHEUS_VERSION = '0.316.0';
const COMPOSE_VERSION = '2.9.1';
/** Distributions older than Go 1.21 can't fetch a newer Go themselves. */
const TOOLCHAIN = 'golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64';

const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';
const CORE = 'go.opentelemetry.io/collector';
const COMPONENTS = {
  receivers: [`${CORE}/receiver/otlpreceiver`],
  processors: [`${CORE}/processor/batchprocessor`],
  exporters: [
    `${CORE}/exporter/debugexporter`,
    `${CORE}/exporter/nopexporter`,
    `${CORE}/exporter/otlpexporter`,
    `${CORE}/exporter/otlphttpexporter`,
    `${CONTRIB}/exporter/fileexporter`,
  ],
};

export function prometheusBinary(): Promise<string> {
  return built(`prometheus-${PROMETHEUS_VERSION}`, async (folder, go) => {
    // Without the tag every cloud's service discovery is compiled: 20 minutes instead of 2.
    const module = `github.com/prometheus/prometheus/cmd/prometheus@v${PROMETHEUS_VERSION}`;
    await go(['install', '-tags', 'remove_all_sd', module], folder);
    return join(folder, 'bin/prometheus');
  });
}

export function collectorBinary(): Promise<string> {
  return built(`otelcol-${COLLECTOR_VERSION}`, async (folder, go) => {
    await go(['install', `${CORE}/cmd/builder@v${COLLECTOR_VERSION}`], folder);
    const source = join(folder, 'source');
    writeFileSync(join(folder, 'builder.yaml'), builderConfig(source));
    const builder = join(folder, 'bin/builder');
    await run(builder, ['--config', join(folder, 'builder.yaml'), '--skip-compilation', '--skip-get-modules']);
    await go(['mod', 'init', 'sonde.test/otelcol'], source);
    // The builder's own `go mod tidy` wants modules that only tests need; the build adds what is missing.
    await go(['get', `${CORE}/otelcol@v${COLLECTOR_VERSION}`, ...modulesNamedIn(source)], source);
    await go(['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', '../bin/otelcol', '.'], source);
    return join(folder, 'bin/otelcol');
  });
}

/** The parser of `docker compose` itself, as a program that prints the resolved file. */
export function composeParserBinary(): Promise<string> {
  return built(`compose-go-${COMPOSE_VERSION}`, async (folder, go) => {
    await go(['install', `github.com/compose-spec/compose-go/v2/cmd@v${COMPOSE_VERSION}`], folder);
    return join(folder, 'bin/cmd');
  });
}

type Go = (args: readonly string[], cwd: string) => Promise<string>;

async function built(name: string, build: (folder: string, go: Go) => Promise<string>): Promise<string> {
  const path = cachePath('bin', name);
  if (existsSync(path)) return path;
  await withLock(runPath(`${name}.lock`), async () => {
    if (existsSync(path)) return;
    const folder = cachePath('build', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const program = await goProgram();
    const env = { GOBIN: join(folder, 'bin'), GOFLAGS: '-buildvcs=false' };
    const go: Go = (args, cwd) => run(program, args, { cwd, env, isNice: true, timeoutMs: 1_800_000 });
    renameSync(await build(folder, go), path);
    rmSync(folder, { recursive: true, force: true });
  });
  return path;
}

async function goProgram(): Promise<string> {
  const version = await tryRun('go', ['env', 'GOVERSION']).catch(() => undefined);
  if (version === undefined)
    throw new Error('building the Collector and Prometheus needs Go: apt-get install golang-go');
  const minor = Number(/go1\.(\d+)/.exec(version.stdout)?.[1] ?? 0);
  if (minor >= 21) return 'go';
  const answer = await run('go', ['mod', 'download', '-json', TOOLCHAIN], { cwd: '/', isNice: true });
  const directory = (JSON.parse(answer) as { Dir: string }).Dir;
  const own = cachePath('go');
  if (!existsSync(join(own, 'bin/go'))) {
    await run('cp', ['-r', directory, own]);
    // Module archives carry no execute bits, and the copy is as read-only as the module cache.
    await run('chmod', ['-R', 'u+w', own]);
    for (const folder of ['bin', 'pkg/tool/linux_amd64'])
      for (const file of readdirSync(join(own, folder))) chmodSync(join(own, folder, file), 0o755);
  }
  return join(own, 'bin/go');
}

function builderConfig(source: string): string {
  const dist = `dist:\n  name: otelcol\n  module: sonde.test/otelcol\n  version: ${COLLECTOR_VERSION}\n  output_path: ${source}\n`;
  const lists = Object.entries(COMPONENTS).map(
    ([kind, modules]) =>
      `${kind}:\n${modules.map((module) => `  - gomod: ${module} v${COLLECTOR_VERSION}\n`).join('')}`,
  );
  return dist + lists.join('');
}

/** The generated sources name every module with its version, e.g. "go.opentelemetry.io/… v0.165.0". */
function modulesNamedIn(source: string): string[] {
  const text = readdirSync(source)
    .filter((file) => file.endsWith('.go'))
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n');
  const named = [...text.matchAll(/"((?:go\.opentelemetry\.io|github\.com)\/[^" ]+) (v[0-9.]+)"/g)];
  return [...new Set(named.map((match) => `${match[1]}@${match[2]}`))].filter(
    (name) => !name.includes('/cmd/builder@'),
  );
}

import { type ExporterNames, takeExporter } from './exporter-file.ts';
import type { FileTree, Node } from './file-tree.ts';

const NAMES: ExporterNames = {
  protocol: 'tracesProtocol',
  exporter: 'tracesExporter',
  endpoint: 'tracesEndpoint',
  compression: 'tracesCompression',
  timeoutMs: 'tracesTimeoutMs',
  headers: 'tracesHeaders',
  certificateFile: 'tracesCertificateFile',
  clientKeyFile: 'tracesClientKeyFile',
  clientCertificateFile: 'tracesClientCertificateFile',
  isInsecure: 'isTracesInsecure',
};
const UNUSED_KEYS = ['limits', 'tracer_configurator/development'];
const UNUSED_BATCH_KEYS = ['schedule_delay', 'export_timeout', 'max_queue_size', 'max_export_batch_size'];

/**
 * Of `tracer_provider` the first OTLP exporter counts, and the ratio of a sampler by trace id. A file is often
 * shared with programs that trace otherwise, so the rest is noted, not refused.
 */
export function takeTracer(tree: FileTree, provider: unknown): void {
  const path = 'tracer_provider';
  const tracer = tree.mapping(provider, path, ['processors', 'sampler', ...UNUSED_KEYS]);
  tree.ignore(tracer, UNUSED_KEYS, path);
  takeSampler(tree, tracer?.['sampler'], `${path}.sampler`);
  const processors = tracer?.['processors'];
  if (processors === undefined || processors === null) return;
  if (!Array.isArray(processors)) {
    tree.refuse(`${path}.processors`, 'is not a list');
    return;
  }
  let isTaken = false;
  for (const [i, processor] of processors.entries()) {
    const at = `${path}.processors[${i}]`;
    const node = tree.mapping(processor, at);
    if (!isTaken) isTaken = takeProcessor(tree, node, at);
    else tree.ignore(node, Object.keys(node ?? {}), at);
  }
}

/** False, and noted, when it is none of ours. */
function takeProcessor(tree: FileTree, processor: Node | undefined, path: string): boolean {
  for (const kind of ['batch', 'simple']) {
    const batch = tree.mapping(processor?.[kind], `${path}.${kind}`);
    const exporter = tree.mapping(batch?.['exporter'], `${path}.${kind}.exporter`);
    for (const name of ['otlp_grpc', 'otlp_http'] as const) {
      if (!exporter || !(name in exporter)) continue;
      tree.ignore(batch, UNUSED_BATCH_KEYS, `${path}.${kind}`);
      takeExporter(tree, exporter[name], `${path}.${kind}.exporter.${name}`, name === 'otlp_grpc', NAMES, []);
      return true;
    }
  }
  tree.ignore(processor, Object.keys(processor ?? {}), path);
  return false;
}

function takeSampler(tree: FileTree, sampler: unknown, path: string): void {
  const node = tree.mapping(sampler, path);
  if (!node) return;
  const [key = ''] = Object.keys(node);
  const inner = tree.mapping(node[key], `${path}.${key}`);
  if (key === 'always_on') tree.put('spanRatio', 1, path);
  else if (key === 'always_off') tree.put('spanRatio', 0, path);
  else if (key === 'trace_id_ratio_based') tree.put('spanRatio', inner?.['ratio'] ?? 1, `${path}.${key}.ratio`);
  // The root of a trace is ours: nobody hands us a parent.
  else if (key === 'parent_based') takeSampler(tree, inner?.['root'], `${path}.${key}.root`);
  else tree.ignore(node, [key], path);
}

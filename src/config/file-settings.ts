import { type ExporterNames, takeExporter } from './exporter-file.ts';
import { createFileTree, type FileTree, type Node } from './file-tree.ts';
import { OWN_FILE_SETTINGS } from './settings.ts';
import { takeTracer } from './tracer-file.ts';

/** Valid by the standard, but sonde has nothing that they could change. */
const UNUSED_ROOT_KEYS = ['attribute_limits', 'logger_provider', 'propagator', 'instrumentation/development'];
const ROOT_KEYS = [
  'file_format',
  'disabled',
  'log_level',
  'resource',
  'meter_provider',
  'tracer_provider',
  'distribution',
];
const UNUSED_METER_KEYS = ['views', 'exemplar_filter', 'meter_configurator/development'];
const UNUSED_RESOURCE_KEYS = ['schema_url', 'detection/development'];
const UNUSED_READER_KEYS = ['producers', 'cardinality_limits', 'max_export_batch_size/development'];
const METRIC_KEYS = ['temporality_preference', 'default_histogram_aggregation'];
const METRIC_NAMES: ExporterNames = {
  protocol: 'protocol',
  exporter: 'metricsExporter',
  endpoint: 'endpoint',
  compression: 'compression',
  timeoutMs: 'timeoutMs',
  headers: 'headers',
  certificateFile: 'certificateFile',
  clientKeyFile: 'clientKeyFile',
  clientCertificateFile: 'clientCertificateFile',
  isInsecure: 'isInsecure',
};

/** Takes sonde's settings out of the file's tree; what it does not know or cannot honour is a problem. */
export function fileSettings(content: unknown): FileTree {
  const tree = createFileTree();
  const root = tree.mapping(content ?? {}, '', [...ROOT_KEYS, ...UNUSED_ROOT_KEYS]) ?? {};
  const format = root['file_format'];
  if (typeof format !== 'string' || !/^1\.\d{1,3}$/.test(format)) {
    tree.refuse('file_format', `is ${format === undefined ? 'missing' : 'not supported'}; allowed: "1.0"`);
  }
  tree.ignore(root, UNUSED_ROOT_KEYS, '');
  tree.put('sdkDisabled', root['disabled'], 'disabled');
  tree.put('logLevel', root['log_level'], 'log_level');

  const resource = tree.mapping(root['resource'], 'resource', [
    'attributes',
    'attributes_list',
    ...UNUSED_RESOURCE_KEYS,
  ]);
  tree.putPairs('resourceAttributes', resource?.['attributes'], resource?.['attributes_list'], 'resource.attributes');
  tree.ignore(resource, UNUSED_RESOURCE_KEYS, 'resource');

  const meter = tree.mapping(root['meter_provider'], 'meter_provider', ['readers', ...UNUSED_METER_KEYS]);
  tree.ignore(meter, UNUSED_METER_KEYS, 'meter_provider');
  takeReader(tree, meter?.['readers']);

  takeTracer(tree, root['tracer_provider']);

  // Blocks of other distributions may stand beside ours.
  const distribution = tree.mapping(root['distribution'], 'distribution');
  const own = tree.mapping(distribution?.['sonde'], 'distribution.sonde', [...OWN_FILE_SETTINGS.keys()]);
  for (const [key, name] of OWN_FILE_SETTINGS) tree.put(name, own?.[key], `distribution.sonde.${key}`);
  return tree;
}

function takeReader(tree: FileTree, readers: unknown): void {
  const path = 'meter_provider.readers';
  if (readers === undefined || readers === null) return;
  if (!Array.isArray(readers) || readers.length !== 1) {
    tree.refuse(path, 'is not a list of one entry; allowed: one periodic reader with otlp_grpc or otlp_http');
    return;
  }
  const reader = tree.mapping(readers[0], `${path}[0]`, ['periodic']);
  const at = `${path}[0].periodic`;
  const periodic = tree.mapping(reader?.['periodic'], at, ['interval', 'timeout', 'exporter', ...UNUSED_READER_KEYS]);
  tree.put('intervalMs', periodic?.['interval'], `${at}.interval`);
  tree.put('exportTimeoutMs', periodic?.['timeout'], `${at}.timeout`);
  tree.ignore(periodic, UNUSED_READER_KEYS, at);

  const exporter = tree.mapping(periodic?.['exporter'], `${at}.exporter`, ['otlp_grpc', 'otlp_http']);
  const isGrpc = exporter !== undefined && 'otlp_grpc' in exporter;
  const isHttp = exporter !== undefined && 'otlp_http' in exporter;
  if (exporter === undefined || isGrpc === isHttp)
    tree.refuse(`${at}.exporter`, 'is not one exporter; allowed: otlp_grpc or otlp_http');
  else takeMetricExporter(tree, exporter, `${at}.exporter`, isGrpc);
}

function takeMetricExporter(tree: FileTree, exporter: Node, at: string, isGrpc: boolean): void {
  const path = `${at}.${isGrpc ? 'otlp_grpc' : 'otlp_http'}`;
  const node = takeExporter(
    tree,
    exporter[isGrpc ? 'otlp_grpc' : 'otlp_http'],
    path,
    isGrpc,
    METRIC_NAMES,
    METRIC_KEYS,
  );
  tree.ignore(node, ['default_histogram_aggregation'], path);
  tree.put('temporality', node?.['temporality_preference'], `${path}.temporality_preference`);
}

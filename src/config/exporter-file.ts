import type { FileTree, Node } from './file-tree.ts';
import type { SettingName } from './settings.ts';

/** Which settings an OTLP exporter in the file gives. */
export interface ExporterNames {
  readonly protocol: SettingName;
  readonly exporter: SettingName;
  readonly endpoint: SettingName;
  readonly compression: SettingName;
  readonly timeoutMs: SettingName;
  readonly headers: SettingName;
  readonly certificateFile: SettingName;
  readonly clientKeyFile: SettingName;
  readonly clientCertificateFile: SettingName;
  readonly isInsecure: SettingName;
}

const KEYS = ['endpoint', 'tls', 'headers', 'headers_list', 'compression', 'timeout'];
const TLS_KEYS = ['ca_file', 'key_file', 'cert_file'];

/** Takes `otlp_grpc` or `otlp_http`; returns it for what only one signal has (`moreKeys`). */
export function takeExporter(
  tree: FileTree,
  exporter: unknown,
  path: string,
  isGrpc: boolean,
  names: ExporterNames,
  moreKeys: readonly string[],
): Node | undefined {
  tree.put(names.protocol, isGrpc ? 'grpc' : 'http/protobuf', path);
  tree.put(names.exporter, 'otlp', path);
  const node = tree.mapping(exporter, path, [...KEYS, ...moreKeys, ...(isGrpc ? [] : ['encoding'])]);
  if (!isGrpc && (node?.['encoding'] ?? 'protobuf') !== 'protobuf') {
    tree.refuse(`${path}.encoding`, 'is not supported; allowed: protobuf');
  }
  tree.put(names.endpoint, node?.['endpoint'], `${path}.endpoint`);
  tree.put(names.compression, node?.['compression'], `${path}.compression`);
  tree.put(names.timeoutMs, node?.['timeout'], `${path}.timeout`);
  tree.putPairs(names.headers, node?.['headers'], node?.['headers_list'], `${path}.headers`);
  const tls = tree.mapping(node?.['tls'], `${path}.tls`, isGrpc ? [...TLS_KEYS, 'insecure'] : TLS_KEYS);
  tree.put(names.certificateFile, tls?.['ca_file'], `${path}.tls.ca_file`);
  tree.put(names.clientKeyFile, tls?.['key_file'], `${path}.tls.key_file`);
  tree.put(names.clientCertificateFile, tls?.['cert_file'], `${path}.tls.cert_file`);
  tree.put(names.isInsecure, tls?.['insecure'], `${path}.tls.insecure`);
  return node;
}

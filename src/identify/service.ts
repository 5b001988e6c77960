import type { OtelEnvironment } from './otel-environment.ts';

export interface ServiceSource {
  /** The container's. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: OtelEnvironment | undefined;
}

/** Labels that name the service, first wins, with those that name its namespace. */
const BY_LABEL: readonly (readonly [service: string, namespaces: readonly string[]])[] = [
  // Order as the conventions set it for Kubernetes workloads.
  [
    'resource.opentelemetry.io/service.name',
    ['resource.opentelemetry.io/service.namespace', 'io.kubernetes.pod.namespace'],
  ],
  ['app.kubernetes.io/instance', ['io.kubernetes.pod.namespace']],
  ['app.kubernetes.io/name', ['io.kubernetes.pod.namespace']],
  ['k8s-app', ['io.kubernetes.pod.namespace']],
  ['io.kubernetes.container.name', ['io.kubernetes.pod.namespace']],
  ['com.docker.compose.service', ['com.docker.compose.project']],
  ['io.podman.compose.service', ['io.podman.compose.project']],
  ['com.docker.swarm.service.name', ['com.docker.stack.namespace']],
];

/**
 * `service.*`: the container's own word (environment), else the workload's by its labels, else the
 * container's name.
 */
export function serviceOf({ name, labels, environment }: ServiceSource): Readonly<Record<string, string>> {
  const service: Record<string, string> = byLabel(labels) ?? { 'service.name': name };
  if (environment === undefined) return service;
  Object.assign(service, environment.attributes);
  // As SDKs do it: OTEL_SERVICE_NAME goes before the attribute list.
  if (environment.serviceName !== undefined) service['service.name'] = environment.serviceName;
  return service;
}

function byLabel(labels: Readonly<Record<string, string>>): Record<string, string> | undefined {
  for (const [serviceLabel, namespaceLabels] of BY_LABEL) {
    const service = labels[serviceLabel];
    if (!service) continue;
    const namespace = namespaceLabels.map((label) => labels[label]).find((value) => value);
    return { 'service.name': service, ...(namespace ? { 'service.namespace': namespace } : {}) };
  }
  return undefined;
}

import type { Attributes } from '../model/attributes.ts';
import type { Identity } from '../model/container.ts';
import { matchesGlob } from './glob.ts';
import type { HostIdentity } from './host-identity.ts';
import { kubernetesAttributes } from './kubernetes-attributes.ts';
import type { OtelEnvironment } from './otel-environment.ts';
import type { PathClaim, RuntimeDetails } from './runtimes/runtime.ts';
import { serviceOf } from './service.ts';

/** Everything known about a container when it is named. */
export interface Known {
  /** `<hierarchy>:<cgroup id>`. */
  readonly key: string;
  readonly cgroupPath: string;
  readonly claim: PathClaim | undefined;
  readonly details: RuntimeDetails | undefined;
  /** From its first process, for runtimes that do not tell. */
  readonly environment: OtelEnvironment | undefined;
  readonly processName: string | undefined;
}

export interface IdentityOptions {
  readonly host: HostIdentity;
  readonly labelAllowList: readonly string[];
}

/** The runtime's word where there is one; else what the path and the first process say. */
export function buildIdentity(known: Known, options: IdentityOptions): Identity {
  const { claim, details } = known;
  const id = claim?.id ?? known.key;
  const name = details?.name ?? claim?.name ?? pathName(known);
  const runtime = details?.runtime ?? claim?.runtime ?? 'cgroup';
  const labels = details?.labels ?? {};
  const kubernetes = kubernetesAttributes(labels, claim?.podUid);
  const service = serviceOf({ name, labels, environment: details?.environment ?? known.environment });
  const { imageName, imageTags = [] } = details ?? {};
  const resource: Attributes = {
    ...options.host.attributes,
    ...allowedLabels(labels, options.labelAllowList),
    ...kubernetes,
    'container.id': id,
    'container.name': name,
    'container.runtime.name': runtime,
    ...(imageName === undefined ? {} : { 'container.image.name': imageName }),
    ...(imageTags.length === 0 ? {} : { 'container.image.tags': imageTags }),
    ...service,
    // A cgroup's number is unique on one host only.
    'service.instance.id': claim === undefined ? `${options.host.id}/${id}` : id,
  };
  return { id, name, runtime, imageName, imageTags, labels, resource, restarts: details?.restarts };
}

/** A cgroup's own name unless it is an id; then the first process tells more. */
function pathName({ cgroupPath, claim, processName, key }: Known): string {
  const leaf = cgroupPath.split('/').at(-1) ?? '';
  const isTelling = claim === undefined && leaf !== '' && !/[0-9a-f]{12}/.test(leaf);
  return (isTelling ? leaf : processName) ?? (claim?.id.slice(0, 12) || key);
}

function allowedLabels(labels: Readonly<Record<string, string>>, allowList: readonly string[]): Attributes {
  const allowed: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (allowList.some((glob) => matchesGlob(glob, key))) allowed[`container.label.${key}`] = value;
  }
  return allowed;
}

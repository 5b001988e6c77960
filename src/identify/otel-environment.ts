import { boundedMap, boundedName } from './bounds.ts';

/** What a container's own environment says about its service. Nothing else of it is ever kept. */
export interface OtelEnvironment {
  readonly serviceName: string | undefined;
  /** `service.*` and `deployment.*` of OTEL_RESOURCE_ATTRIBUTES: the rest describes an SDK, not the container. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** `entries` are `KEY=value`, from a runtime's inspect or /proc/PID/environ. */
export function readOtelEnvironment(entries: readonly unknown[]): OtelEnvironment {
  const variables = new Map<string, string>();
  for (const entry of entries) {
    if (typeof entry !== 'string' || !entry.startsWith('OTEL_')) continue;
    const equals = entry.indexOf('=');
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return {
    serviceName: boundedName(variables.get('OTEL_SERVICE_NAME')),
    attributes: parseAttributes(variables.get('OTEL_RESOURCE_ATTRIBUTES') ?? ''),
  };
}

/** `key=value,key=value`, values percent-encoded; what can't be read is left out. */
function parseAttributes(text: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(0, equals)).trim();
    if (!/^(service|deployment)\.[a-z_.]+$/.test(key)) continue;
    const value = boundedName(decode(pair.slice(equals + 1).trim()));
    if (value !== undefined) attributes[key] = value;
  }
  return boundedMap(attributes);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

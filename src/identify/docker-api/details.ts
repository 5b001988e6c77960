import { boundedMap, boundedName } from '../bounds.ts';
import { readOtelEnvironment } from '../otel-environment.ts';
import type { RuntimeDetails } from '../runtimes/runtime.ts';
import { parseImageName } from './image-name.ts';

/** Attributes of container events that are not labels. */
const EVENT_OWN = new Set([
  'name',
  'image',
  'oldName',
  'podId',
  'exitCode',
  'execDuration',
  'signal',
  'execID',
  'containerExitCode',
]);

/** Nothing of an answer is trusted to have the documented type: Podman's and old daemons' differ. */
type Loose = Readonly<Record<string, unknown>>;

const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});

export function detailsFromInspect(runtime: string, answer: unknown): RuntimeDetails | undefined {
  const { Name, Config, RestartCount } = loose(answer);
  const config = loose(Config);
  const name = nameOf(Name);
  if (name === undefined) return undefined;
  return {
    runtime,
    name,
    ...parseImageName(config['Image']),
    labels: boundedMap(config['Labels']),
    environment: readOtelEnvironment(Array.isArray(config['Env']) ? config['Env'] : []),
    restarts: Number.isSafeInteger(RestartCount) ? Number(RestartCount) : undefined,
  };
}

export interface ContainerEvent {
  readonly id: string;
  readonly action: string;
  readonly details: RuntimeDetails | undefined;
  /** Seconds since 1970 by the daemon's clock: where to go on after a broken stream. */
  readonly timeS: number | undefined;
}

/** One line of the event stream; undefined for what is no container event. */
export function parseEvent(runtime: string, line: string): ContainerEvent | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { Type, Action, Actor, time } = loose(raw);
  const { ID, Attributes } = loose(Actor);
  if (Type !== 'container' || typeof ID !== 'string' || typeof Action !== 'string') return undefined;
  const attributes = loose(Attributes);
  const name = nameOf(attributes['name']);
  const labels = Object.fromEntries(Object.entries(attributes).filter(([key]) => !EVENT_OWN.has(key)));
  const details: RuntimeDetails | undefined =
    name === undefined
      ? undefined
      : {
          runtime,
          name,
          ...parseImageName(attributes['image']),
          labels: boundedMap(labels),
          environment: undefined,
          restarts: undefined,
        };
  return { id: ID, action: Action, details, timeS: typeof time === 'number' ? time : undefined };
}

/** Docker writes names with the slash of its old link paths. */
function nameOf(value: unknown): string | undefined {
  return boundedName(typeof value === 'string' ? value.replace(/^\//, '') : undefined);
}

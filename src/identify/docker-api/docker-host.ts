import { SondeError } from '../../errors/sonde-error.ts';

export interface DockerEndpoint {
  readonly socketPath?: string;
  readonly protocol?: 'http' | 'https';
  readonly host?: string;
  readonly port?: number;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';
const DEFAULT_PORT = { http: 2375, https: 2376 } as const;

/** DOCKER_HOST as Docker's own client reads it; undefined for `off`. */
export function parseDockerHost(value: string | undefined): DockerEndpoint | undefined {
  if (value === undefined || value === '') return { socketPath: DEFAULT_SOCKET };
  if (value === 'off') return undefined;
  if (value.startsWith('unix://')) return { socketPath: value.slice('unix://'.length) || DEFAULT_SOCKET };
  const match = /^(tcp|http|https):\/\/(.+)$/.exec(value);
  const [, scheme, rest] = match ?? [];
  const protocol = scheme === 'https' ? 'https' : 'http';
  // With the scheme of the web, URL drops a port that is the scheme's default: parse it under another.
  const address = rest === undefined ? null : URL.parse(`tcp://${rest}`);
  if (address === null || address.hostname === '') {
    throw new SondeError('SND_IDN_DOCKER_HOST', `${value} (allowed: unix:///path, tcp://host:port, off)`);
  }
  const host = address.hostname.replace(/^\[(.*)\]$/, '$1');
  return { protocol, host, port: address.port === '' ? DEFAULT_PORT[protocol] : Number(address.port) };
}

export function describeEndpoint(endpoint: DockerEndpoint): string {
  if (endpoint.socketPath !== undefined) return `unix://${endpoint.socketPath}`;
  return `${endpoint.protocol ?? 'http'}://${endpoint.host ?? ''}:${endpoint.port ?? ''}`;
}

import { statSync } from 'node:fs';
import { request } from 'node:http';
import { type Check, finding, ok } from '../check.ts';

const DEFAULT_DOCKER = 'unix:///var/run/docker.sock';
const PODMAN_SOCKET = '/run/podman/podman.sock';
const TIMEOUT_MS = 3000;
const ANSWER_LIMIT_BYTES = 65_536;

/** Docker as configured; Podman's root socket where it exists. Any other runtime is seen by cgroup. */
export async function runtimeChecks(dockerHost: string | undefined): Promise<Check[]> {
  const checks = [await dockerCheck(dockerHost)];
  if (statSync(PODMAN_SOCKET, { throwIfNoEntry: false })?.isSocket()) checks.push(await podmanCheck());
  return checks;
}

async function dockerCheck(dockerHost: string | undefined): Promise<Check> {
  const id = 'runtime.docker';
  if (dockerHost === 'off') return ok(id, 'Docker', 'switched off; containers are named by their cgroup');
  const endpoint = dockerHost ?? DEFAULT_DOCKER;
  const target = parseEndpoint(endpoint);
  if (!target) return finding('fail', 'SND_IDN_DOCKER_HOST', id, 'Docker', JSON.stringify(endpoint.slice(0, 200)));
  try {
    return ok(id, 'Docker', `${endpoint}: ${await askVersion(target)}`);
  } catch (error) {
    return unreachable(id, 'Docker', endpoint, error);
  }
}

async function podmanCheck(): Promise<Check> {
  const id = 'runtime.podman';
  try {
    return ok(id, 'Podman', `${PODMAN_SOCKET}: ${await askVersion({ socketPath: PODMAN_SOCKET })}`);
  } catch (error) {
    return unreachable(id, 'Podman', PODMAN_SOCKET, error);
  }
}

function unreachable(id: string, title: string, endpoint: string, error: unknown): Check {
  const code = 'SND_IDN_DOCKER_UNREACHABLE';
  const reason = error instanceof Error ? error.message : String(error);
  const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
  if (!isDenied) return finding('warn', code, id, title, `${endpoint}: ${reason}`);
  const remedy = "Run as root or in the socket's group; without it containers are counted, but named by their cgroup.";
  return finding('warn', code, id, title, `${endpoint}: permission denied`, remedy);
}

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

function parseEndpoint(endpoint: string): Target | undefined {
  if (endpoint.startsWith('unix://')) return { socketPath: endpoint.slice('unix://'.length) };
  if (endpoint.startsWith('/')) return { socketPath: endpoint };
  const url = URL.parse(endpoint);
  if (!url?.hostname || !['tcp:', 'http:'].includes(url.protocol)) return undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 2375 };
}

function askVersion(target: Target): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...target, path: '/version', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_LIMIT_BYTES) outgoing.destroy(new Error('its answer is too long'));
      });
      response.on('end', () => {
        clearTimeout(timer);
        const version = parseVersion(text);
        if (response.statusCode === 200 && version) resolve(version);
        else reject(new Error(`it answers ${response.statusCode} and no version`));
      });
    });
    // For the whole answer: a daemon that hangs may well accept connections.
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end();
  });
}

function parseVersion(text: string): string | undefined {
  try {
    const { Version, ApiVersion, MinAPIVersion } = JSON.parse(text) as Record<string, unknown>;
    if (typeof Version !== 'string' || typeof ApiVersion !== 'string') return undefined;
    const oldest = typeof MinAPIVersion === 'string' ? ` (oldest ${MinAPIVersion})` : '';
    return `version ${Version}, API ${ApiVersion}${oldest}`;
  } catch {
    return undefined;
  }
}

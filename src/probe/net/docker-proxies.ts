import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalIp } from '../../model/ip.ts';
import type { StaticTranslation } from '../../model/network.ts';
import { inodeOf } from './mounted-namespaces.ts';

/**
 * Published ports as the proxy processes that serve them say on their command lines: Docker's and
 * Podman's (rootful CNI) `docker-proxy`. One process for each published address and port.
 */
export function readDockerProxies(procDir: string): StaticTranslation[] {
  return createDockerProxies(procDir).read();
}

export interface DockerProxies {
  /** All that run now. Called again and again it looks only at processes that are new. */
  read(): StaticTranslation[];
}

interface Known {
  readonly row: StaticTranslation | undefined;
  /** A process just forked still has its parent's name: one that was seen twice keeps what it is. */
  isSettled: boolean;
}

export function createDockerProxies(procDir: string): DockerProxies {
  let known = new Map<string, Known>();
  return {
    read() {
      const now = new Map<string, Known>();
      const found: StaticTranslation[] = [];
      for (const name of processIds(procDir)) {
        const before = known.get(name);
        const row = before?.isSettled || before?.row ? before.row : readProxy(procDir, name);
        now.set(name, { row, isSettled: before !== undefined });
        if (row && found.length < LIMIT) found.push(row);
      }
      known = now;
      return found;
    },
  };
}

function readProxy(procDir: string, name: string): StaticTranslation | undefined {
  // The short name first: it is cheap, and the command line of every other process is none of our business.
  if (readText(join(procDir, name, 'comm')).trim() !== 'docker-proxy') return undefined;
  const netnsInode = inodeOf(join(procDir, name, 'ns', 'net'));
  if (!netnsInode) return undefined;
  return parseProxy(readText(join(procDir, name, 'cmdline')).split('\0'), netnsInode, Number(name));
}

/** `docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80`. */
export function parseProxy(
  args: readonly string[],
  netnsInode: number,
  proxyPid: number,
): StaticTranslation | undefined {
  const option = (name: string): string =>
    args[args.findIndex((arg) => arg === `-${name}` || arg === `--${name}`) + 1] ?? '';
  const transport = option('proto');
  const port = Number(option('host-port'));
  const targetPort = Number(option('container-port'));
  const targetAddress = option('container-ip');
  if ((transport !== 'tcp' && transport !== 'udp') || !isPort(port) || !isPort(targetPort) || targetAddress === '')
    return undefined;
  const address = canonicalIp(option('host-ip') || '0.0.0.0');
  return { transport, netnsInode, address, port, targetAddress: canonicalIp(targetAddress), targetPort, proxyPid };
}

const LIMIT = 4096;

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

function processIds(procDir: string): string[] {
  try {
    return readdirSync(procDir).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Empty when the process has gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

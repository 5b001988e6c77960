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
  const found: StaticTranslation[] = [];
  for (const name of processIds(procDir)) {
    if (found.length >= LIMIT) break;
    // The short name first: it is cheap, and the command line of every other process is none of our business.
    if (readText(join(procDir, name, 'comm')).trim() !== 'docker-proxy') continue;
    const netnsInode = inodeOf(join(procDir, name, 'ns', 'net'));
    const row =
      netnsInode && parseProxy(readText(join(procDir, name, 'cmdline')).split('\0'), netnsInode, Number(name));
    if (row) found.push(row);
  }
  return found;
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

import { canonicalIp } from '../../model/ip.ts';
import type { StaticTranslation } from '../../model/network.ts';

/** What of a container's inspection tells its published ports; any of it may be absent. */
export interface InspectedNetwork {
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<
      Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>
    > | null;
    readonly Networks?: Readonly<
      Record<string, { readonly IPAddress?: string; readonly GlobalIPv6Address?: string } | null>
    > | null;
  };
}

/**
 * Published ports of a container by its inspection, for hosts where neither conntrack nor a proxy process
 * tells them. Translated in the namespace of the engine, `netnsInode`.
 */
export function publishedPorts(inspected: InspectedNetwork, netnsInode: number): StaticTranslation[] {
  const { Ports, Networks } = inspected.NetworkSettings ?? {};
  const networks = Object.values(Networks ?? {});
  const v4 = networks.map((network) => network?.IPAddress ?? '').find((address) => address !== '');
  const v6 = networks.map((network) => network?.GlobalIPv6Address ?? '').find((address) => address !== '');
  const found: StaticTranslation[] = [];
  for (const [key, bindings] of Object.entries(Ports ?? {})) {
    const [targetText, protocol] = key.split('/');
    if (protocol !== 'tcp' && protocol !== 'udp') continue;
    for (const { HostIp, HostPort } of bindings ?? []) {
      const address = canonicalIp(HostIp || '0.0.0.0');
      const targetAddress = address.includes(':') ? (v6 ?? v4) : v4;
      const port = Number(HostPort);
      if (targetAddress === undefined || !(port > 0)) continue;
      const targetPort = Number(targetText);
      found.push({
        transport: protocol,
        netnsInode,
        address,
        port,
        targetAddress: canonicalIp(targetAddress),
        targetPort,
        proxyPid: undefined,
      });
    }
  }
  return found;
}

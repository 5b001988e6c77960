import { isWildcardIp } from '../../model/ip.ts';
import type { Endpoints, NatEntry, StaticTranslation } from '../../model/network.ts';
import { LIFE, lifeAt, type Timed } from '../domains/timed.ts';

/** Translations known from configuration: published ports and proxies. The caller always gives all of them. */
export class StaticTranslations {
  #byPort = new Map<string, Timed<StaticTranslation>[]>();
  #byTarget = new Map<string, Timed<StaticTranslation>[]>();
  readonly #all = new Map<string, Timed<StaticTranslation>>();

  replace(list: readonly StaticTranslation[], nowMs: number): void {
    const isFirst = this.#all.size === 0;
    const keys = new Set<string>();
    for (const row of list) {
      const key = JSON.stringify(row);
      keys.add(key);
      const known = this.#all.get(key);
      if (known === undefined || known.untilMs !== Number.POSITIVE_INFINITY)
        this.#all.set(key, {
          row,
          sinceMs: isFirst ? Number.NEGATIVE_INFINITY : nowMs,
          untilMs: Number.POSITIVE_INFINITY,
        });
    }
    for (const [key, timed] of this.#all) if (!keys.has(key) && timed.untilMs > nowMs) timed.untilMs = nowMs;
    this.#index();
  }

  prune(beforeMs: number): void {
    for (const [key, timed] of this.#all) if (timed.untilMs < beforeMs) this.#all.delete(key);
    this.#index();
  }

  /** Those that catch a packet which arrived in a namespace. */
  find(inode: number, transport: 'tcp' | 'udp', packet: Endpoints, atMs: number, slackMs: number): StaticTranslation[] {
    return (this.#byPort.get(`${transport} ${packet.destinationPort}`) ?? [])
      .filter(({ row }) => row.netnsInode === inode)
      .filter(({ row }) => isWildcardIp(row.address) || row.address === packet.destinationAddress)
      .filter((timed) => lifeAt(timed, atMs, slackMs) !== LIFE.none)
      .map((timed) => timed.row);
  }

  /** True when a translation of conntrack is the work of one of these. */
  isPublished({ transport, original, reply }: NatEntry): boolean {
    return (this.#byTarget.get(targetKey(transport, reply.sourceAddress, reply.sourcePort)) ?? []).some(
      ({ row }) => row.port === original.destinationPort,
    );
  }

  /** Proxy processes that dial a target. */
  proxiesOf(transport: 'tcp' | 'udp', address: string, port: number): StaticTranslation[] {
    return (this.#byTarget.get(targetKey(transport, address, port)) ?? [])
      .map((timed) => timed.row)
      .filter((row) => row.proxyPid !== undefined);
  }

  #index(): void {
    this.#byPort = Map.groupBy(this.#all.values(), ({ row }) => `${row.transport} ${row.port}`);
    this.#byTarget = Map.groupBy(this.#all.values(), ({ row }) =>
      targetKey(row.transport, row.targetAddress, row.targetPort),
    );
  }
}

const targetKey = (transport: 'tcp' | 'udp', address: string, port: number): string =>
  `${transport} ${address} ${port}`;

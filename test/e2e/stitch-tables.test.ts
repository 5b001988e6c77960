import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canonicalIp } from '../../src/model/ip.ts';
import type { ForwardingEntry, InterfaceAddress, Link, Neighbour, Route, Rule } from '../../src/model/network.ts';
import { createNetProbe, NET_PROBE_DEFAULTS, type NetProbe } from '../../src/probe/net/net-probe.ts';
import { createLedger } from '../../src/self/ledger.ts';
import { createLog } from '../../src/self/log.ts';
import { openNetLab } from '../harness/netns.ts';
import { recordNamespaces } from '../harness/recording-sink.ts';
import { waitUntil } from '../harness/wait.ts';

const log = createLog('error', (line) => process.stderr.write(line));

/** A host with two bridges, a VXLAN, a macvlan and policy routing; containers c1 and c2 behind veths. */
describe('tables of a namespace, as the kernel and iproute2 see them', () => {
  const lab = openNetLab();
  const ledger = createLedger();
  const recorded = recordNamespaces();
  let probe: NetProbe;

  before(async () => {
    for (const name of ['host', 'c1', 'c2']) await lab.add(name);
    await lab.ip(
      'host',
      'link add br0 type bridge',
      'link add br1 type bridge',
      'addr add 172.18.0.1/16 dev br0',
      'addr add fd00:18::1/64 dev br0 nodad',
      'addr add 172.19.0.1/16 dev br1',
      'link set br0 up',
      'link set br1 up',
      'link add h1 type veth peer name eth0 netns c1',
      'link add h2 type veth peer name eth0 netns c2',
      'link set h1 master br0 up',
      'link set h2 master br1 up',
      'link add vx0 type vxlan id 4242 remote 172.18.0.9 dev br0 dstport 4789',
      'link set vx0 up',
      'link add link br1 name mv0 type macvlan mode bridge',
      'neigh add 172.18.0.77 lladdr 02:00:00:00:00:77 dev br0',
      'route add 10.1.0.0/16 via 172.18.0.2',
      'route add 10.2.0.0/16 nexthop via 172.18.0.2 weight 1 nexthop via 172.19.0.2 weight 1',
      'route add blackhole 10.3.0.0/16',
      'route add 10.4.0.0/16 dev br0 table 100 metric 5',
      'rule add from 172.18.0.0/16 to 10.9.0.0/16 lookup 100 pref 100',
      'rule add fwmark 0x1 lookup 100 pref 101',
      'rule add not from 10.0.0.0/8 lookup main suppress_prefixlength 0 pref 102',
      'route add fd00:99::/64 via fd00:18::2',
    );
    await lab.ip('c1', 'addr add 172.18.0.2/16 dev eth0', 'addr add fd00:18::2/64 dev eth0 nodad', 'link set eth0 up');
    await lab.ip('c2', 'addr add 172.19.0.2/16 dev eth0', 'link set eth0 up');
    await lab.run('host', 'bridge', 'fdb', 'append', '02:00:00:00:00:55', 'dev', 'vx0', 'dst', '172.18.0.55');
    probe = createNetProbe(NET_PROBE_DEFAULTS, { ledger, log, nowMs: Date.now }, recorded.sink);
    for (const name of ['host', 'c1', 'c2'])
      await probe.open({ path: lab.path(name), holderPid: undefined, inode: lab.inode(name) });
  });
  after(async () => {
    probe.stop();
    await lab.close();
  });

  const seen = (name: string) => {
    const found = recorded.byInode.get(lab.inode(name));
    assert(found);
    return found;
  };
  const rows = <R>(name: string, table: 'links' | 'addresses' | 'routes' | 'rules' | 'neighbours' | 'forwarding') =>
    [...seen(name).rows[table].values()] as R[];

  it('has the same links', async () => {
    for (const name of ['host', 'c1', 'c2']) {
      const truth = await lab.ipJson<IpLink[]>(name, 'link');
      const names = new Map(truth.map((link) => [link.ifname, link.ifindex]));
      const expected = truth.map((link) => ({
        index: link.ifindex,
        name: link.ifname,
        kind: link.linkinfo?.info_kind,
        mac: link.link_type === 'ether' ? link.address : undefined,
        masterIndex: link.master === undefined ? undefined : names.get(link.master),
        peerIndex: link.link_index ?? (link.link === undefined ? undefined : names.get(link.link)),
        peerNsid: link.link_netnsid,
        vni: link.linkinfo?.info_kind === 'vxlan' ? link.linkinfo.info_data?.id : undefined,
        remote: link.linkinfo?.info_data?.remote,
        vlanId: link.linkinfo?.info_kind === 'vlan' ? link.linkinfo.info_data?.id : undefined,
      }));
      const actual = rows<Link>(name, 'links').map(({ isLoopback, ...link }) => {
        assert.equal(isLoopback, link.name === 'lo');
        return { ...link, mac: isLoopback ? undefined : link.mac };
      });
      assert.deepEqual(sorted(actual), sorted(expected));
    }
  });

  it('has the same addresses', async () => {
    for (const name of ['host', 'c1', 'c2']) {
      const truth = await lab.ipJson<IpAddress[]>(name, 'addr');
      const expected = truth.flatMap((link) =>
        link.addr_info.map((info) => `${link.ifindex} ${info.local}/${info.prefixlen}`),
      );
      const actual = rows<InterfaceAddress>(name, 'addresses').map(
        (a) => `${a.linkIndex} ${a.address}/${a.prefixLength}`,
      );
      assert.deepEqual(actual.sort(), expected.sort());
    }
  });

  it('has the same routes of all tables', async () => {
    for (const name of ['host', 'c1', 'c2']) {
      const links = new Map(rows<Link>(name, 'links').map((link) => [link.index, link.name]));
      for (const family of [4, 6] as const) {
        const truth = await lab.ipJson<IpRoute[]>(name, `-${family}`, 'route', 'show', 'table', 'all');
        const expected = truth.map((route) => {
          const hops = route.nexthops ?? [{ gateway: route.gateway, dev: route.dev }];
          return [
            { blackhole: 'unreachable', anycast: 'local' }[route.type] ?? route.type,
            normalPrefix(route.dst, family),
            `table ${TABLES[route.table ?? 'main'] ?? route.table}`,
            `metric ${route.metric ?? 0}`,
            ...hops.map((hop) => `${hop.gateway ?? '-'} ${hop.dev ?? '-'}`),
          ].join(' ');
        });
        const actual = rows<Route>(name, 'routes')
          .filter((route) => route.family === family)
          .map((route) =>
            [
              route.type,
              `${route.destination}/${route.prefixLength}`,
              `table ${route.table}`,
              `metric ${route.metric}`,
              ...route.hops.map((hop) => `${hop.gateway ?? '-'} ${links.get(hop.linkIndex ?? 0) ?? '-'}`),
            ].join(' '),
          );
        assert.deepEqual(actual.sort(), expected.sort());
      }
    }
  });

  it('has the same rules', async () => {
    const truth = await lab.ipJson<IpRule[]>('host', 'rule');
    const actual = rows<Rule>('host', 'rules')
      .filter((rule) => rule.family === 4)
      .sort((a, b) => a.priority - b.priority);
    assert.deepEqual(
      actual.map((rule) => [
        rule.priority,
        rule.from === undefined ? 'all' : `${rule.from.address}/${rule.from.prefixLength}`,
        rule.to === undefined ? undefined : `${rule.to.address}/${rule.to.prefixLength}`,
        rule.table,
        rule.isInverted,
        rule.suppressPrefixLength,
        rule.isConditional,
      ]),
      truth.map((rule) => [
        rule.priority,
        rule.src === 'all' ? 'all' : `${rule.src}/${rule.srclen}`,
        rule.dst === undefined ? undefined : `${rule.dst}/${rule.dstlen}`,
        TABLES[rule.table] ?? Number(rule.table),
        rule.not !== undefined,
        rule.suppress_prefixlen,
        rule.fwmark !== undefined,
      ]),
    );
  });

  it('has the neighbours and the forwarding table', async () => {
    await lab.run('c1', 'ping', '-c1', '-W2', '172.18.0.1').catch(() => undefined);
    const links = () => new Map(rows<Link>('host', 'links').map((link) => [link.index, link.name]));
    const found = await waitUntil(
      'c1 among the neighbours',
      () => rows<Neighbour>('host', 'neighbours').map((n) => `${n.address} ${n.mac} ${links().get(n.linkIndex)}`),
      (lines) => lines.includes('172.18.0.77 02:00:00:00:00:77 br0'),
    );
    const truth = await lab.ipJson<IpNeighbour[]>('host', 'neigh');
    const expected = truth.filter((n) => n.lladdr !== undefined && !n.state.includes('NOARP'));
    assert.deepEqual(found.sort(), expected.map((n) => `${n.dst} ${n.lladdr} ${n.dev}`).sort());
    const forwarding = rows<ForwardingEntry>('host', 'forwarding').map(
      (entry) => `${entry.mac} ${links().get(entry.linkIndex)} ${entry.remote ?? '-'}`,
    );
    assert(forwarding.includes('02:00:00:00:00:55 vx0 172.18.0.55'), forwarding.join('\n'));
    const c1 = rows<Link>('c1', 'links').find((link) => link.name === 'eth0');
    await waitUntil(
      'c1 behind h1',
      () => rows<ForwardingEntry>('host', 'forwarding'),
      (entries) => entries.some((entry) => entry.mac === c1?.mac && links().get(entry.linkIndex) === 'h1'),
    );
  });

  it('knows which namespace is at the other end of a veth', async () => {
    const peer = (name: string, link: string) => {
      const nsid = rows<Link>(name, 'links').find((row) => row.name === link)?.peerNsid;
      return nsid === undefined ? undefined : seen(name).numbers.get(nsid);
    };
    await waitUntil(
      'numbers',
      () => [peer('host', 'h1'), peer('host', 'h2'), peer('c1', 'eth0'), peer('c2', 'eth0')],
      (inodes) => JSON.stringify(inodes) === JSON.stringify(['c1', 'c2', 'host', 'host'].map((n) => lab.inode(n))),
    );
  });

  it('follows changes: a bridge made while running, an address and a link taken away', async () => {
    await lab.ip(
      'host',
      'link add br2 type bridge',
      'addr add 172.20.0.1/16 dev br2',
      'link set br2 up',
      'link set h2 nomaster',
      'addr del 172.19.0.1/16 dev br1',
      'link del h1',
      'route del blackhole 10.3.0.0/16',
    );
    await waitUntil(
      'the changes',
      () => ({
        links: rows<Link>('host', 'links').map((link) => `${link.name}:${link.masterIndex ?? '-'}`),
        addresses: rows<InterfaceAddress>('host', 'addresses').map((address) => address.address),
        routes: rows<Route>('host', 'routes').map((route) => route.destination),
        c1: rows<Link>('c1', 'links').map((link) => link.name),
      }),
      ({ links, addresses, routes, c1 }) =>
        links.includes('br2:-') &&
        links.includes('h2:-') &&
        !links.some((link) => link.startsWith('h1:')) &&
        addresses.includes('172.20.0.1') &&
        !addresses.includes('172.19.0.1') &&
        !routes.includes('10.3.0.0') &&
        c1.join() === 'lo',
    );
    assert.equal(seen('host').dumps, 1);
    assert.deepEqual(ledger.rows(), []);
  });
});

const sorted = <R extends { index: number }>(list: readonly R[]) => [...list].sort((a, b) => a.index - b.index);
const TABLES: Readonly<Record<string, number>> = { local: 255, main: 254, default: 253 };

function normalPrefix(text: string, family: 4 | 6): string {
  const [address = '', length] = (text === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : text).split('/');
  return `${canonicalIp(address)}/${length ?? (family === 4 ? 32 : 128)}`;
}

interface IpLink {
  ifindex: number;
  ifname: string;
  address?: string;
  link_type: string;
  master?: string;
  link?: string;
  link_index?: number;
  link_netnsid?: number;
  linkinfo?: { info_kind?: string; info_data?: { id?: number; remote?: string } };
}
interface IpAddress {
  ifindex: number;
  addr_info: { local: string; prefixlen: number }[];
}
interface IpRoute {
  type: string;
  dst: string;
  table?: string;
  metric?: number;
  gateway?: string;
  dev?: string;
  nexthops?: { gateway?: string; dev?: string }[];
}
interface IpRule {
  priority: number;
  src: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  table: string;
  not?: null;
  suppress_prefixlen?: number;
  fwmark?: string;
}
interface IpNeighbour {
  dst: string;
  dev: string;
  lladdr?: string;
  state: string[];
}

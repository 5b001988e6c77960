import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseProxy, readDockerProxies } from '../../../../src/probe/net/docker-proxies.ts';
import { parseMounts } from '../../../../src/probe/net/mounted-namespaces.ts';
import { publishedPorts } from '../../../../src/probe/net/published-ports.ts';

describe('published ports', () => {
  const line =
    '/usr/bin/docker-proxy -proto tcp -host-ip :: -host-port 8080 -container-ip 172.17.0.2 -container-port 80';

  it('as a proxy process says', () => {
    assert.deepEqual(parseProxy(line.split(' '), 5, 77), {
      transport: 'tcp',
      netnsInode: 5,
      address: '::',
      port: 8080,
      targetAddress: '172.17.0.2',
      targetPort: 80,
      proxyPid: 77,
    });
  });
  it('not from what only looks like one', () => {
    for (const args of [
      [],
      line.replace('8080', '808000').split(' '),
      line.replace('tcp', 'sctp').split(' '),
      line.split(' ').slice(0, 8),
    ])
      assert.equal(parseProxy(args, 5, 77), undefined);
    assert.deepEqual(readDockerProxies('/nowhere'), []);
  });

  it('as an inspection says, the families apart', () => {
    const found = publishedPorts(
      {
        NetworkSettings: {
          Ports: {
            '80/tcp': [
              { HostIp: '0.0.0.0', HostPort: '8080' },
              { HostIp: '::', HostPort: '8080' },
            ],
            '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
            '81/tcp': null,
            '9/sctp': [{ HostPort: '9' }],
          },
          Networks: { none: null, web: { IPAddress: '172.18.0.4', GlobalIPv6Address: 'FD00::0:4' } },
        },
      },
      3,
    );
    assert.deepEqual(
      found.map((row) => `${row.transport} ${row.address} ${row.port} ${row.targetAddress} ${row.targetPort}`),
      ['tcp 0.0.0.0 8080 172.18.0.4 80', 'tcp :: 8080 fd00::4 80', 'udp 127.0.0.1 5353 172.18.0.4 53'],
    );
    assert.deepEqual(publishedPorts({}, 3), []);
  });
});

describe('mounted namespaces', () => {
  it('are the network ones, at their unescaped paths', () => {
    const text = [
      '36 25 0:4 net:[4026532281] /run/netns/a\\040b rw shared:1 - nsfs nsfs rw',
      '37 25 0:4 mnt:[4026532282] /run/mnt/x rw - nsfs nsfs rw',
      '38 25 8:1 / / rw - ext4 /dev/vda rw',
      '',
    ].join('\n');
    assert.deepEqual(parseMounts(text), [{ inode: 4026532281, path: '/run/netns/a b' }]);
  });
});

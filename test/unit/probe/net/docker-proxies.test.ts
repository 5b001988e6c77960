import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createDockerProxies } from '../../../../src/probe/net/docker-proxies.ts';
import { tempDir } from '../../self/temp-dir.ts';

const PROXY = '-proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80';

function procOf(t: TestContext) {
  const dir = tempDir(t);
  const setProcess = (pid: number, comm: string, args = '') => {
    mkdirSync(join(dir, String(pid), 'ns'), { recursive: true });
    writeFileSync(join(dir, String(pid), 'comm'), `${comm}\n`);
    writeFileSync(join(dir, String(pid), 'cmdline'), [comm, ...args.split(' ')].join('\0'));
    writeFileSync(join(dir, String(pid), 'ns', 'net'), '');
  };
  return { dir, setProcess };
}

const portsOf = (rows: readonly { port: number; proxyPid: number | undefined }[]) =>
  rows.map(({ port, proxyPid }) => [port, proxyPid]);

test('a proxy is told while it runs, also one that was seen between its fork and its exec', (t) => {
  const { dir, setProcess } = procOf(t);
  const proxies = createDockerProxies(dir);
  setProcess(10, 'bash');
  setProcess(11, 'dockerd');
  assert.deepEqual(proxies.read(), []);
  setProcess(11, 'docker-proxy', PROXY);
  assert.deepEqual(portsOf(proxies.read()), [[8080, 11]]);
  assert.deepEqual(portsOf(proxies.read()), [[8080, 11]], 'from what is known');
  rmSync(join(dir, '11'), { recursive: true });
  assert.deepEqual(proxies.read(), []);
  setProcess(11, 'docker-proxy', PROXY.replace('8080', '9090'));
  assert.deepEqual(portsOf(proxies.read()), [[9090, 11]], 'its number was given again');
});

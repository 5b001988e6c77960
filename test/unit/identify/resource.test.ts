import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFilter } from '../../../src/identify/filter.ts';
import { readHostIdentity } from '../../../src/identify/host-identity.ts';
import { buildIdentity, type Known } from '../../../src/identify/resource.ts';
import { claimPath } from '../../../src/identify/runtimes/registry.ts';
import type { RuntimeDetails } from '../../../src/identify/runtimes/runtime.ts';
import { serviceOf } from '../../../src/identify/service.ts';

const ID = 'a'.repeat(64);
const options = { host: { id: 'h1', name: 'box', attributes: { 'host.id': 'h1' } }, labelAllowList: ['team'] };
const details = (more: Partial<RuntimeDetails> = {}): RuntimeDetails => ({
  runtime: 'docker',
  name: 'web',
  imageName: 'app',
  imageTags: ['2'],
  labels: {},
  environment: undefined,
  restarts: 3,
  ...more,
});
const known = (more: Partial<Known>): Known => ({
  key: '0:77',
  cgroupPath: '/x',
  claim: undefined,
  details: undefined,
  environment: undefined,
  processName: undefined,
  ...more,
});

test('service: own environment, Kubernetes, Compose, Swarm, container name, in this order', () => {
  const labels: Record<string, string> = {
    'com.docker.swarm.service.name': 'swarm-svc',
    'com.docker.stack.namespace': 'stack',
  };
  const name = 'box';
  assert.deepEqual(serviceOf({ name, labels: {}, environment: undefined }), { 'service.name': 'box' });
  assert.deepEqual(serviceOf({ name, labels, environment: undefined }), {
    'service.name': 'swarm-svc',
    'service.namespace': 'stack',
  });
  labels['com.docker.compose.service'] = 'db';
  labels['com.docker.compose.project'] = 'shop';
  assert.deepEqual(serviceOf({ name, labels, environment: undefined }), {
    'service.name': 'db',
    'service.namespace': 'shop',
  });
  labels['app.kubernetes.io/name'] = 'cart';
  labels['io.kubernetes.pod.namespace'] = 'prod';
  assert.deepEqual(serviceOf({ name, labels, environment: undefined }), {
    'service.name': 'cart',
    'service.namespace': 'prod',
  });
  const attributes = { 'service.name': 'b', 'service.version': '9' };
  assert.deepEqual(serviceOf({ name, labels, environment: { serviceName: 'a', attributes } }), {
    'service.name': 'a',
    'service.namespace': 'prod',
    'service.version': '9',
  });
});

test('by runtime: everything of semconv.md', () => {
  const identity = buildIdentity(
    known({
      claim: claimPath(`/docker/${ID}`)?.claim,
      details: details({ labels: { team: 'a', other: 'b', 'io.kubernetes.pod.name': 'p-1' } }),
    }),
    options,
  );
  assert.deepEqual(identity.resource, {
    'host.id': 'h1',
    'container.label.team': 'a',
    'k8s.pod.name': 'p-1',
    'container.id': ID,
    'container.name': 'web',
    'container.runtime.name': 'docker',
    'container.image.name': 'app',
    'container.image.tags': ['2'],
    'service.name': 'web',
    'service.instance.id': ID,
  });
  assert.equal(identity.restarts, 3);
});

test('by path: the runtime only where the path proves it, the pod from the path', () => {
  const uid = '8a6b2c3d-1111-2222-3333-444455556666';
  const cgroupPath = `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`;
  const pod = buildIdentity(known({ cgroupPath, claim: claimPath(cgroupPath)?.claim, processName: 'nginx' }), options);
  assert.equal(pod.name, 'nginx');
  assert.equal(pod.runtime, 'containerd');
  assert.equal(pod.resource['k8s.pod.uid'], uid);
  assert.equal(pod.resource['service.instance.id'], ID);
  const dead = buildIdentity(known({ cgroupPath, claim: claimPath(cgroupPath)?.claim }), options);
  assert.equal(dead.name, ID.slice(0, 12));
  const custom = buildIdentity(known({ cgroupPath: `/mine/${ID}`, claim: claimPath(`/mine/${ID}`)?.claim }), options);
  assert.equal(custom.runtime, 'cgroup');
});

test('by cgroup alone: unique beyond the host', () => {
  const identity = buildIdentity(known({ cgroupPath: '/batch/nightly', processName: 'sh' }), options);
  assert.equal(identity.name, 'nightly');
  assert.equal(identity.runtime, 'cgroup');
  assert.equal(identity.id, '0:77');
  assert.equal(identity.resource['service.instance.id'], 'h1/0:77');
  assert.equal(buildIdentity(known({ cgroupPath: '/0:77' }), options).name, '0:77');
});

test('filters: any include, no exclude; none at all is no filter', () => {
  const none = {
    includeNames: [],
    excludeNames: [],
    includeLabels: [],
    excludeLabels: [],
    includeImages: [],
    excludeImages: [],
  };
  assert.equal(createFilter(none), undefined);
  const identity = buildIdentity(known({ details: details({ labels: { tier: 'web', empty: '' } }) }), options);
  const keeps = (more: Partial<typeof none> | Record<string, string[]>) =>
    createFilter({ ...none, ...more })?.(identity);
  assert.equal(keeps({ includeNames: ['w*'] }), true);
  assert.equal(keeps({ includeNames: ['x'] }), false);
  assert.equal(keeps({ includeNames: ['x'], includeImages: ['app'] }), true);
  assert.equal(keeps({ includeImages: ['app:2'] }), true);
  assert.equal(keeps({ includeImages: ['app:3'] }), false);
  assert.equal(keeps({ includeLabels: ['tier'] }), true);
  assert.equal(keeps({ includeLabels: ['empty'] }), true);
  assert.equal(keeps({ includeLabels: ['tier=db'] }), false);
  assert.equal(keeps({ includeLabels: ['t*=w*'] }), true);
  assert.equal(keeps({ excludeLabels: ['tier=web'], includeNames: ['*'] }), false);
  assert.equal(keeps({ excludeNames: ['other'] }), true);
});

test('host: overrides, machine id behind process 1, cloud from firmware, user attributes without a service', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sonde-host-'));
  try {
    mkdirSync(join(dir, '1/root/etc'), { recursive: true });
    writeFileSync(join(dir, '1/root/etc/machine-id'), 'abc123\n');
    writeFileSync(join(dir, 'sys_vendor'), 'Amazon EC2\n');
    const config = {
      procDir: dir,
      hostId: undefined,
      hostName: undefined,
      resourceAttributes: { 'service.name': 'agent', 'deployment.environment.name': 'prod' },
    };
    const host = readHostIdentity(config, dir);
    assert.equal(host.id, 'abc123');
    assert.equal(host.name, hostname());
    assert.equal(host.attributes['cloud.provider'], 'aws');
    assert.equal(host.attributes['deployment.environment.name'], 'prod');
    assert.equal(host.attributes['service.name'], undefined);
    assert.equal(host.attributes['os.type'], 'linux');
    const named = readHostIdentity({ ...config, hostId: 'x', hostName: 'y' }, dir);
    assert.deepEqual(
      [named.id, named.name, named.attributes['host.id'], named.attributes['host.name']],
      ['x', 'y', 'x', 'y'],
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});

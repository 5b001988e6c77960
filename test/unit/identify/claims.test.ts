import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RUNTIMES } from '../../../src/identify/runtimes/registry.ts';

const ID = '0123456789abcdef'.repeat(4);
const OTHER = 'f'.repeat(64);
const UID = '8a6b2c3d-1111-2222-3333-444455556666';
const UID_ = UID.replaceAll('-', '_');
const SLICE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice`;

interface Expected {
  readonly spec: string;
  readonly id: string;
  readonly runtime?: string;
  readonly name?: string;
  readonly podUid?: string;
}

/** Paths as runtimes make them: v1 and v2, cgroupfs and systemd drivers, nested. */
const CLAIMED: Readonly<Record<string, Expected>> = {
  [`/docker/${ID}`]: { spec: 'docker', id: ID, runtime: 'docker' },
  [`/system.slice/docker-${ID}.scope`]: { spec: 'docker', id: ID, runtime: 'docker' },
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`]: {
    spec: 'docker',
    id: ID,
    runtime: 'docker',
  },
  [`/sonde-test/run1/${ID}`]: { spec: 'docker', id: ID },
  [`/docker/${OTHER}/docker/${ID}`]: { spec: 'docker', id: ID, runtime: 'docker' },
  [`/docker/buildx/docker/buildkit/${ID}`]: { spec: 'docker', id: ID },
  [`/actions_job/${ID}`]: { spec: 'docker', id: ID },
  [`/libpod_parent/libpod-${ID}`]: { spec: 'podman', id: ID, runtime: 'podman' },
  [`/machine.slice/libpod-${ID}.scope`]: { spec: 'podman', id: ID, runtime: 'podman' },
  [`/machine.slice/libpod-${ID}.scope/container`]: { spec: 'podman', id: ID, runtime: 'podman' },
  [`/user.slice/user-0.slice/user@0.service/user.slice/libpod-${ID}.scope`]: {
    spec: 'podman',
    id: ID,
    runtime: 'podman',
  },
  [`/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${ID}.scope`]: {
    spec: 'podman',
    id: ID,
    runtime: 'podman',
  },
  [`${SLICE}/cri-containerd-${ID}.scope`]: { spec: 'containerd', id: ID, runtime: 'containerd', podUid: UID },
  [`/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${ID}`]: {
    spec: 'containerd',
    id: ID,
    runtime: 'containerd',
    podUid: UID,
  },
  [`${SLICE}/crio-${ID}.scope`]: { spec: 'crio', id: ID, runtime: 'crio', podUid: UID },
  [`${SLICE}/crio-${ID}.scope/container`]: { spec: 'crio', id: ID, runtime: 'crio', podUid: UID },
  [`/kubepods/besteffort/pod${UID}/crio-${ID}`]: { spec: 'crio', id: ID, runtime: 'crio', podUid: UID },
  [`${SLICE}/docker-${ID}.scope`]: { spec: 'docker', id: ID, runtime: 'docker', podUid: UID },
  [`/kubepods/besteffort/pod${UID}/${ID}`]: { spec: 'kubernetes', id: ID, podUid: UID },
  [`/kubepods/pod${UID}/${ID}`]: { spec: 'kubernetes', id: ID, podUid: UID },
  [`/kubepods/burstable/pod${UID.replaceAll('-', '')}/${ID}`]: {
    spec: 'kubernetes',
    id: ID,
    podUid: UID.replaceAll('-', ''),
  },
  [`/docker/${OTHER}/kubelet/kubepods/besteffort/pod${UID}/${ID}`]: { spec: 'kubernetes', id: ID, podUid: UID },
  [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`]: {
    spec: 'containerd',
    id: ID,
    runtime: 'containerd',
  },
  '/lxc/web': { spec: 'lxc', id: 'web', runtime: 'lxc', name: 'web' },
  [`/lxc/${ID}`]: { spec: 'lxc', id: ID, runtime: 'lxc', name: ID },
  '/lxc.payload.web-1': { spec: 'lxc', id: 'web-1', runtime: 'lxc', name: 'web-1' },
  '/lxc.payload/web': { spec: 'lxc', id: 'web', runtime: 'lxc', name: 'web' },
  '/machine.slice/machine-build.scope': {
    spec: 'systemd-nspawn',
    id: 'build',
    runtime: 'systemd-nspawn',
    name: 'build',
  },
  '/machine.slice/machine-my\\x2dbox.scope/payload': {
    spec: 'systemd-nspawn',
    id: 'my-box',
    runtime: 'systemd-nspawn',
    name: 'my-box',
  },
  '/machine.slice/systemd-nspawn@deb.service/payload': {
    spec: 'systemd-nspawn',
    id: 'deb',
    runtime: 'systemd-nspawn',
    name: 'deb',
  },
  '/garden/6f3b': { spec: 'garden', id: '6f3b', runtime: 'garden' },
  [`/garden/${ID}`]: { spec: 'garden', id: ID, runtime: 'garden' },
  '/system.slice/garden.service/garden/good/6f3b': { spec: 'garden', id: '6f3b', runtime: 'garden' },
  '/system.slice/nginx.service': {
    spec: 'systemd',
    id: '/system.slice/nginx.service',
    runtime: 'systemd',
    name: 'nginx.service',
  },
  '/system.slice/system-getty.slice/getty@tty1.service': {
    spec: 'systemd',
    id: '/system.slice/system-getty.slice/getty@tty1.service',
    runtime: 'systemd',
    name: 'getty@tty1.service',
  },
};

const UNCLAIMED = [
  '/',
  '',
  '/init.scope',
  '/user.slice/user-0.slice/session-1.scope',
  '/system.slice',
  '/docker',
  `/docker/${ID.slice(1)}`,
  `/machine.slice/libpod-conmon-${ID}.scope`,
  `${SLICE}/crio-conmon-${ID}.scope`,
  SLICE,
  `/kubepods/besteffort/pod${UID}`,
  '/lxc.monitor.web',
  '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope',
  '/garden/good',
  '/my-batch',
  `/docker/${ID}/init`,
];

test('every path of the fixture is claimed by exactly one runtime, with what it says', () => {
  for (const [path, expected] of Object.entries(CLAIMED)) {
    const claims = RUNTIMES.flatMap((spec) => {
      const claim = spec.claim(path);
      return claim === undefined ? [] : [{ spec: spec.name, claim }];
    });
    assert.deepEqual(
      claims.map(({ spec }) => spec),
      [expected.spec],
      path,
    );
    const claim = claims[0]?.claim;
    assert.equal(claim?.id, expected.id, path);
    assert.equal(claim?.runtime, expected.runtime, path);
    assert.equal(claim?.name, expected.name, path);
    if (!path.includes('kubelet-kubepods')) assert.equal(claim?.podUid, expected.podUid, path);
    assert.equal(claim?.isHostService, expected.spec === 'systemd', path);
  }
});

test('every runtime has a path in the fixture', () => {
  const owned = new Set(Object.values(CLAIMED).map(({ spec }) => spec));
  assert.deepEqual(RUNTIMES.map(({ name }) => name).toSorted(), [...owned].toSorted());
});

test('what is no container is nobody’s', () => {
  for (const path of UNCLAIMED) {
    assert.deepEqual(
      RUNTIMES.filter((spec) => spec.claim(path)).map(({ name }) => name),
      [],
      path,
    );
  }
});

test('no path is claimed twice or throws', () => {
  const name = fc.oneof(
    fc.constantFrom(
      ID,
      `docker-${ID}.scope`,
      `libpod-${ID}`,
      `crio-${ID}.scope`,
      `pod${UID}`,
      'kubepods',
      'lxc',
      'garden',
      'good',
    ),
    fc.constantFrom(
      'machine-a.scope',
      'payload',
      'container',
      'lxc.payload',
      'lxc.payload.x',
      'a.service',
      'docker',
      SLICE.slice(1),
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), (names) => {
      const path = `/${names.join('/')}`;
      const claims = RUNTIMES.filter((spec) => spec.claim(path) !== undefined);
      assert.ok(claims.length <= 1, `${path}: ${claims.map((spec) => spec.name)}`);
    }),
    { numRuns: 5_000 },
  );
});

import { createDockerClient } from '../../docker-api/docker-client.ts';
import { claimOf, podUidOf, unitOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

const SOCKET = '/run/podman/podman.sock';

/** Podman: `libpod-<id>` with or without `.scope`; crun puts the processes one deeper. Its API is Docker's. */
export const podman: RuntimeSpec = {
  name: 'podman',
  claim(cgroupPath) {
    const id = /^libpod-([0-9a-f]{64})(?:\.scope)?$/.exec(unitOf(cgroupPath, 'container'))?.[1];
    return id === undefined ? undefined : claimOf(id, 'podman', { podUid: podUidOf(cgroupPath) });
  },
  connect: (_config, deps) => createDockerClient({ name: 'podman', socketPath: SOCKET }, deps),
};

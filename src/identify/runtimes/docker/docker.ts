import { createDockerClient } from '../../docker-api/docker-client.ts';
import { parseDockerHost } from '../../docker-api/docker-host.ts';
import { CONTAINER_ID, claimOf, isKubernetes, leafOf, podUidOf } from '../path.ts';
import type { RuntimeSpec } from '../runtime.ts';

/**
 * Docker: `/docker/<id>`, `docker-<id>.scope` with the systemd driver, or a bare id below a parent the
 * user chose (`--cgroup-parent`), which Docker's API then confirms or not.
 */
export const docker: RuntimeSpec = {
  name: 'docker',
  claim(cgroupPath) {
    const leaf = leafOf(cgroupPath);
    const scoped = /^docker-([0-9a-f]{64})\.scope$/.exec(leaf)?.[1];
    if (scoped !== undefined) return claimOf(scoped, 'docker', { podUid: podUidOf(cgroupPath) });
    const parent = leafOf(cgroupPath, 1);
    if (!CONTAINER_ID.test(leaf) || isForeign(cgroupPath, parent)) return undefined;
    return claimOf(leaf, parent === 'docker' ? 'docker' : undefined);
  },
  connect(config, deps) {
    const endpoint = parseDockerHost(config.dockerHost);
    return endpoint === undefined ? undefined : createDockerClient({ name: 'docker', ...endpoint }, deps);
  },
};

/** Other runtimes' bare ids: kubelet's, and names that LXC and Garden let the user choose. */
function isForeign(cgroupPath: string, parent: string): boolean {
  if (['lxc', 'lxc.payload', 'garden', 'good', 'bad'].includes(parent)) return true;
  return isKubernetes(cgroupPath) && podUidOf(`/kubepods/${parent}`) !== undefined;
}

import type { Container } from './container.ts';

/** What a container is called while no runtime has named it: the end of its cgroup's path. */
export function displayName(container: Pick<Container, 'identity' | 'cgroupPath' | 'key'>): string {
  if (container.identity?.name) return container.identity.name;
  const leaf = container.cgroupPath.split('/').findLast((part) => part !== '') ?? container.key;
  return /^[0-9a-f]{64}$/.test(leaf) ? leaf.slice(0, 12) : leaf;
}

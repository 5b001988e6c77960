export const IDENTIFY_ERRORS = {
  SND_IDN_DOCKER_UNREACHABLE: { what: 'Docker API cannot be reached', remedy: 'Mount /var/run/docker.sock read-only or set DOCKER_HOST; containers are still counted, by cgroup.' },
} as const;

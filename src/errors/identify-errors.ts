export const IDENTIFY_ERRORS = {
  SND_IDN_DOCKER_UNREACHABLE: {
    what: 'container runtime cannot be reached',
    remedy: 'Mount /var/run/docker.sock read-only or set DOCKER_HOST; containers are still counted, by cgroup.',
  },
  SND_IDN_DOCKER_HOST: {
    what: 'DOCKER_HOST cannot be used',
    remedy: 'Write it as unix:///path, tcp://host:port or off.',
  },
} as const;

export const STITCH_ERRORS = {
  SND_STI_NAMESPACE_GONE: {
    what: 'network namespace has ended',
    remedy: 'Nothing to do: what it held ended with it. Its connections are joined by their fingerprints.',
  },
  SND_STI_NAMESPACE_DENIED: {
    what: 'network namespace cannot be entered',
    remedy: 'Give sonde CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_NET_ADMIN, and the host’s pid namespace.',
  },
  SND_STI_NAMESPACE: {
    what: 'network namespace cannot be read',
    remedy: 'Look at the number of open files allowed (`ulimit -n`): each namespace takes up to four.',
  },
  SND_STI_NAMESPACE_LIMIT: {
    what: 'too many network namespaces',
    remedy: 'Confine sonde with SONDE_CGROUP_ROOT or filters; flows of the others are joined by fingerprint only.',
  },
} as const;

export const BPF_ERRORS = {
  SND_BPF_NO_BTF: {
    what: 'kernel has no BTF',
    remedy: 'Use a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04 and later have it).',
  },
  SND_BPF_NOT_BUILT: {
    what: 'the kernel part is not built',
    remedy: 'Run `make -C bpf && make -C native`, or `npm start`, which does.',
  },
  SND_BPF_ADDON: {
    what: 'the native addon does not load',
    remedy: 'Install libbpf 1.x and libelf (Debian: libbpf1, libelf1), or rebuild with `make -C native`.',
  },
  SND_BPF_OBJECT: {
    what: 'the BPF object is not usable',
    remedy: 'Rebuild it with `make -C bpf clean && make -C bpf`.',
  },
  SND_BPF_PERMISSION: {
    what: 'the kernel refuses BPF to this process',
    remedy: 'Run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE.',
  },
  SND_BPF_LOAD: {
    what: 'the BPF object does not load',
    remedy: 'Report it with the output of `sonde doctor --json`.',
  },
  SND_BPF_CGROUP: {
    what: 'no cgroup hierarchy that tells containers apart',
    remedy: 'Mount cgroup2 on /sys/fs/cgroup, or give the directory with the cgroup mounts.',
  },
  SND_BPF_CGROUP_ROOT: {
    what: 'cgroup root does not exist',
    remedy: 'Create the cgroup, or set SONDE_CGROUP_ROOT to one that exists (default /).',
  },
  SND_BPF_PROGRAM_ABSENT: {
    what: 'this kernel has no such tracepoint',
    remedy: 'Use a newer kernel to get what the program measures.',
  },
  SND_BPF_PROGRAM_REFUSED: {
    what: 'the kernel refused a program',
    remedy: 'Report it with the output of `sonde doctor --json`; the other programs run.',
  },
  SND_BPF_PROGRAM_ATTACH: {
    what: 'a program could not be attached',
    remedy: 'Check that CAP_PERFMON is given; the other programs run.',
  },
  SND_BPF_CAPABILITIES: {
    what: 'capabilities could not be dropped',
    remedy: 'Start sonde with only the capabilities it needs; deploy/ has the list.',
  },
} as const;

export const BPF_ERRORS = {
  SND_BPF_NO_BTF: { what: 'kernel has no BTF', remedy: 'Use a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04 and later have it).' },
} as const;
